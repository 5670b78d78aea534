import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def ended(program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", textwrap.dedent(program)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=buffered)


def test_what_was_printed_and_registered_is_not_lost() -> None:
    done = ended("""
        import atexit, sys
        from advocate_score.cli.ending import end
        class Large:
            def __del__(self):
                print("taken apart")
        kept = Large()
        atexit.register(lambda: print("registered"))
        print("printed")
        sys.stderr.write("told")
        end(3)
    """)
    assert (done.returncode, done.stdout, done.stderr) == (3, "printed\nregistered\n", "told")


def test_a_thread_at_work_is_waited_for() -> None:
    done = ended("""
        import threading, time
        from advocate_score.cli.ending import end
        def work():
            time.sleep(0.3)
            print("worked")
        threading.Thread(target=work).start()
        end(4)
    """)
    assert (done.returncode, done.stdout) == (4, "worked\n")


def test_nobody_reads_what_is_printed() -> None:
    done = ended("""
        import os, sys
        from advocate_score.cli.ending import end
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 1)
        print("to nobody")
        end(0)
    """)
    assert done.returncode == 120, "as Python itself says it"


def test_a_full_disk_below_stdout_hides_no_fault() -> None:
    done = ended("""
        import os, sys
        from advocate_score.cli.ending import end
        from advocate_score.cli.main import exit_code_of
        from advocate_score.errors import ModelRefusedError
        def refuse():
            raise ModelRefusedError("its files were changed")
        sys.argv.append("--json")
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
        sys.stdout.reconfigure(line_buffering=True)
        end(exit_code_of(refuse))
    """)
    assert (done.returncode, done.stderr) == (4, "error: its files were changed\n")


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)])
def test_closed_streams_spoil_no_run(closed: tuple[int, ...], tmp_path: Path) -> None:
    """As a service may start it: what it says is lost, and what it does is done."""
    words = [sys.executable, "-m", "advocate_score", "init", str(tmp_path / "firm")]
    close = "import os, sys; [os.close(int(one)) for one in sys.argv[1].split()]; os.execv(sys.argv[2], sys.argv[2:])"
    starter = [sys.executable, "-c", close, " ".join(map(str, closed)), *words]
    assert subprocess.run(starter, cwd=tmp_path, check=False, timeout=60).returncode == 0
    assert (tmp_path / "firm" / "advocate.toml").is_file()
    missing = [*starter[:-2], "check", "--config", str(tmp_path / "none.toml")]
    assert subprocess.run(missing, cwd=tmp_path, check=False, timeout=60).returncode == 2
