import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest


def ended(program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", textwrap.dedent(program)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=buffered)


def test_what_was_printed_and_registered_is_not_lost() -> None:
    done = ended("""
        import atexit, sys
        from advocate_score.cli.exit_codes import end
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


def test_a_download_that_never_ends_does_not_keep_the_process() -> None:
    """As MLflow downloads: in a pool, whose threads the interpreter would wait for."""
    done = ended("""
        import time
        from concurrent.futures import ThreadPoolExecutor
        from advocate_score.cli.exit_codes import end
        ThreadPoolExecutor().submit(time.sleep, 600)
        end(4)
    """)
    assert done.returncode == 4


def test_nobody_reads_what_is_printed() -> None:
    done = ended("""
        import os, sys
        from advocate_score.cli.exit_codes import end
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
        from advocate_score.cli.exit_codes import end
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


WORKING = """
    import sys, time
    from advocate_score.cli import main
    from advocate_score import files
    def work():
        with files.work_dir(files.Path(sys.argv[1])) as folder:
            (folder / "tables").mkdir()
            (folder / "tables" / "accounts.parquet").write_text("Ana Canaria")
            print("working", flush=True)
            time.sleep(float(sys.argv[2]))
        print("done", flush=True)
    main.app = work
    main.run()
"""


def started(folder: Path, seconds: float = 60, before: str = "") -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", textwrap.dedent(before) + textwrap.dedent(WORKING), str(folder), str(seconds)]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "working\n"
    assert [*folder.rglob("accounts.parquet")] != []
    return running


@pytest.mark.goal("G39")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_a_signal_ends_leaves_no_table_behind(
    number: signal.Signals, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    running = started(tmp_path)
    running.send_signal(number)
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    measured(f"{number.name}: ended by it ({running.returncode}), {len([*tmp_path.iterdir()])} files left")
    assert running.returncode == -number, "as if it had not been caught"
    assert [*tmp_path.iterdir()] == []
    assert out == ""
    assert err == "error: interrupted\n"


def test_a_machine_is_told_as_a_shell_would_tell(tmp_path: Path) -> None:
    running = started(tmp_path, before="import sys; sys.argv.append('--json')")
    running.send_signal(signal.SIGTERM)
    assert json.loads(running.communicate(timeout=30)[0])["exit_code"] == 143
    running = started(tmp_path, before="import sys; sys.argv.append('--json')")
    running.send_signal(signal.SIGINT)
    assert json.loads(running.communicate(timeout=30)[0])["exit_code"] == running.returncode == 130
    assert [*tmp_path.iterdir()] == []


def test_a_signal_that_the_starter_ignores_stays_ignored(tmp_path: Path) -> None:
    """As `nohup` starts a run."""
    running = started(tmp_path, 1, "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    running.send_signal(signal.SIGHUP)
    assert running.communicate(timeout=30)[0] == "done\n"
    assert running.returncode == 0


def test_a_signal_after_the_run_ends_the_process_as_ever() -> None:
    done = ended("""
        import atexit, os, signal
        from advocate_score.cli.exit_codes import clear_up_on_signals, end
        clear_up_on_signals()
        atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
        end(0)
    """)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
