import os
import subprocess
import sys
import textwrap


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
