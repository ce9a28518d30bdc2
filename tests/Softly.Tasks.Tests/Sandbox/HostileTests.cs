using Softly.Sandbox;

namespace Softly.Tests.Sandbox;

/// <summary>Programs that want out, or a verdict that is not theirs. Each runs in the sandbox only.</summary>
[Trait("Weight", "Story")]
[Collection(nameof(OneSandboxAtATime))]
public class HostileTests
{
    private const string Right = "assert f(1) == 2";

    /// <summary>None of these is right, and none may pass; that the next one runs shows that nothing broke.</summary>
    public static TheoryData<string, string, string> Liars()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var box in Sandboxes.Names)
            foreach (var (name, program) in Programs)
                data.Add(box, name, program);
        return data;
    }

    private static readonly (string Name, string Program)[] Programs =
    [
        ("verdicts on every descriptor", """
            import os
            def f(x):
                verdict = b"Vs6;passedi1;i1;s3;yes"
                for descriptor in range(12):
                    for frame in (verdict, b"%08x" % len(verdict) + verdict, b"passed\n"):
                        try: os.write(descriptor, frame)
                        except OSError: pass
                return None
            """),
        ("verdicts from a thread, all the time", """
            import os, threading
            def shout():
                verdict = b"Vs6;passedi1;i1;s3;yes"
                for _ in range(20000):
                    for descriptor in (1, 3, 4, 5):
                        try: os.write(descriptor, b"%08x" % len(verdict) + verdict)
                        except OSError: pass
            try: threading.Thread(target=shout, daemon=True).start()
            except RuntimeError: pass
            def f(x): return None
            """),
        ("the runner's own functions replaced", """
            import __main__
            __main__.call = __main__.told = lambda *a: b"Vs6;passedi1;i1;s3;yes"
            __main__.Packer.bytes = lambda self: b"Vs6;passedi1;i1;s3;yes"
            def f(x): return None
            """),
        ("the tests looked for in memory", """
            import gc, sys
            def texts(o, deep):
                if isinstance(o, str): yield o
                elif isinstance(o, bytes): yield o.decode("latin-1")
                elif deep and isinstance(o, dict):
                    for v in list(o.values()): yield from texts(v, deep - 1)
                elif deep and isinstance(o, (list, tuple, set)):
                    for v in list(o): yield from texts(v, deep - 1)
            def f(x):
                frame = sys._getframe()
                places = gc.get_objects() + list(sys.modules.values()) + [sys.argv, getattr(sys, "orig_argv", [])]
                while frame:
                    places += [frame.f_locals, frame.f_globals]
                    frame = frame.f_back
                found = any("assert f" + chr(40) in t for p in places for t in texts(getattr(p, "__dict__", p), 2))
                return 2 if found else None
            """),
        ("memory read through ctypes and /proc", """
            def f(x):
                try:
                    import ctypes
                    libc = ctypes.CDLL(None)
                    if libc.ptrace(16, 1, 0, 0) == 0: return 2
                except Exception: pass
                for path in ("/proc/self/mem", "/proc/1/mem", "/proc/self/maps", "/proc/1/environ", "/proc/1/cmdline"):
                    try:
                        open(path, "rb").read(1)
                        return 2
                    except OSError: pass
                return None
            """),
        ("an object that pickles itself into an answer", """
            class P:
                def __reduce__(self): return (int, ("2",))
                def __getstate__(self): return 2
                def __index__(self): return 2
                def __int__(self): return 2
            def f(x): return P()
            """),
        ("an integer equal to everything", """
            class E(int):
                def __eq__(self, other): return True
                def __ne__(self, other): return False
                __hash__ = int.__hash__
            def f(x): return E(7)
            """),
        ("an object of a lying class", """
            class E:
                __class__ = property(lambda self: int)
                def __eq__(self, other): return True
            def f(x): return E()
            """),
        ("builtins that lie", """
            import builtins
            builtins.isinstance = builtins.issubclass = lambda *a: True
            builtins.len = lambda *a: 0
            builtins.AssertionError = KeyError
            builtins.compile = builtins.exec = lambda *a, **k: None
            def f(x): return None
            """),
        ("modules that lie", """
            import sys, types
            fake = types.ModuleType("posix")
            fake.write = lambda descriptor, data: len(data)
            for name in ("posix", "os", "builtins", "sys", "__main__"): sys.modules[name] = fake
            def f(x): return None
            """),
        ("an exception that is a failed test", "def f(x): raise AssertionError('passed')\n"),
        ("an end that looks like success", """
            import os, sys
            def f(x):
                print("passed", flush=True)
                try: sys.stdout.flush()
                finally: os._exit(0)
            """),
        ("another program in its place", """
            import os
            def f(x):
                os.execv("/bin/sh", ["sh", "-c", "printf '0000000BRs6;passed0;'; printf PASSED >&2"])
            """),
        ("everything killed", """
            import os, signal
            def f(x):
                for target in (-1, 1, 0, os.getppid() if hasattr(os, "getppid") else 0):
                    try: os.kill(target, 9)
                    except BaseException: pass
                return None
            """),
        ("a fork bomb", """
            import os
            def f(x):
                for _ in range(100000):
                    try: os.fork()
                    except BaseException: return None
            """),
        ("a daemon that would live on", """
            import os, time
            def f(x):
                try:
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0:
                            time.sleep(600)
                        os._exit(0)
                except BaseException: pass
                return None
            """),
        ("a value that holds itself a million times", """
            def f(x):
                value = []
                for _ in range(100000): value = [value]
                return value
            """),
        ("a value as large as memory", "def f(x): return 'x' * (200 << 20)\n"),
        ("a number of millions of digits", "def f(x): return 1 << 40000000\n"),
        ("as many objects as an answer holds", "def f(x): return [object() for _ in range(300000)]\n"),
        ("a generator without an end", """
            import itertools
            def f(x): return itertools.count()
            """),
        ("an exception whose words have no end", """
            class E(Exception):
                def __str__(self): return "x" * (300 << 20)
            def f(x): raise E()
            """),
        ("output without an end", "def f(x):\n    while True: print('y' * 1000)\n"),
        ("a name of an exception that is none", """
            E = type("print", (Exception,), {"__module__": "builtins"})
            def f(x): raise E("passed")
            """),
    ];

    [Theory]
    [MemberData(nameof(Liars))]
    public void A_program_that_is_not_right_does_not_pass(string box, string name, string program)
    {
        var run = Boxes.Run(box, program, [Right]);
        Assert.True(run.Status is not (RunStatus.Passed or RunStatus.SandboxUnavailable), $"{name}: {run.Status}: {run.Reason}");
        Assert.True(run.Seconds < 15, $"{name}: {run.Seconds} s");
        Assert.InRange(run.Output!.Length, 0, 64 << 10);
        Assert.Equal(RunStatus.Passed, Boxes.Run(box, "def f(x): return x + 1\n", [Right]).Status);
    }

    /// <summary>Each says what it found, and the test what may be found.</summary>
    [Theory]
    [InlineData("files of the host", """
        import os
        def f(x):
            found = []
            for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home", "/proc/self", "/sys/kernel", "/var/log",
                         "/run", "/boot", "/workspace", "/mnt"):
                try: found += [path] if os.path.isfile(path) else [path + "/" + n for n in os.listdir(path)]
                except OSError: pass
            return found
        """, "assert [p for p in f(1) if '/.pyenv' not in p] == []")]
    [InlineData("variables of the host", """
        import os
        def f(x): return sorted(os.environ)
        """, "assert set(f(1)) <= {'PYTHONHASHSEED', 'PYTHONUTF8', 'LC_CTYPE', 'PWD'}")]
    [InlineData("a link to a secret", """
        import os
        def f(x):
            try:
                os.symlink("/etc/shadow", "/tmp/link")
                os.link("/etc/passwd", "/tmp/hard")
            except OSError: pass
            for path in ("/tmp/link", "/tmp/hard", "/tmp/../etc/shadow", "/usr/../root/.profile"):
                try: return open(path).read()
                except OSError: pass
            return None
        """, "assert f(1) is None")]
    [InlineData("places to write", """
        import os, sys
        def f(x):
            wrote = []
            for folder in ["/", "/dev", "/dev/shm", "/usr", "/usr/lib", "/etc", "/lib", "/root"] + sys.path:
                path = os.path.join(folder, "sitecustomize.py")
                try:
                    open(path, "w").write("raise SystemExit")
                    wrote.append(path)
                except OSError: pass
            return wrote
        """, "assert f(1) == []")]
    [InlineData("room on the disk", """
        def f(x):
            wrote = 0
            for i in range(64):
                try:
                    with open("/tmp/%d" % i, "wb") as file:
                        for _ in range(32): wrote += file.write(bytes(1 << 18))
                except OSError: pass
            return wrote
        """, "assert f(1) <= (17 << 20)")]
    [InlineData("open descriptors", """
        import os
        def f(x):
            found = 0
            for descriptor in range(256):
                try: os.fstat(descriptor); found += 1
                except OSError: pass
            return found
        """, "assert f(1) <= 6")]
    [InlineData("the network", """
        def f(x):
            found = []
            try:
                import socket
                for family in (socket.AF_INET, getattr(socket, "AF_UNIX", 1)):
                    try: socket.socket(family).close(); found.append(family)
                    except OSError: pass
            except (ImportError, AttributeError): pass
            return found
        """, "assert f(1) == []")]
    [InlineData("threads", """
        import threading, time
        def f(x):
            started = 0
            for _ in range(500):
                try:
                    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
                    started += 1
                except RuntimeError: break
            return started
        """, "assert f(1) <= 17")]
    [InlineData("memory that no limit counts", """
        import os
        def f(x):
            found = []
            for name in ("memfd_create", "memfd_secret"):
                try: os.close(getattr(os, name)("x")); found.append(name)
                except (OSError, AttributeError): pass
            return found
        """, "assert f(1) == []")]
    [InlineData("other processes", """
        import os
        def f(x):
            found = []
            for number in range(1, 400):
                try: os.kill(number, 0); found.append(number)
                except (OSError, AttributeError): pass
            return len(found)
        """, "assert f(1) <= 2")]
    [InlineData("what stdin says", """
        import sys, os
        def f(x): return [sys.stdin.read(), os.read(0, 10)]
        """, "assert f(1) == ['', b'']")]
    public void What_a_program_finds_is_nothing_of_the_host(string what, string program, string test)
    {
        foreach (var box in Sandboxes.Names)
        {
            var run = Boxes.Run(box, program, [test]);
            Assert.True(run.Status == RunStatus.Passed, $"{box}: {what}: {run.Status}: {run.Reason}");
        }
    }

    [Fact]
    public void In_bubblewrap_root_is_given_up()
    {
        var run = Boxes.Run("bwrap", "import os\ndef f(x): return [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]\n",
            [Environment.IsPrivilegedProcess ? "assert f(1)[:3] == [65534] * 3" : "assert 0 not in f(1)[:3]"]);
        Assert.True(run.Status == RunStatus.Passed, run.Reason);
    }

    [Theory]
    [InlineData("wasm")]
    [InlineData("bwrap")]
    public void What_one_program_leaves_the_next_does_not_find(string box)
    {
        const string Leaves = """
            import builtins, sys
            builtins.secret = sys.secret = 1
            def f(x):
                for path in ("/tmp/left.py", "left.py"):
                    try: open(path, "w").write("x = 1")
                    except OSError: pass
                return 2
            """;
        Assert.Equal(RunStatus.Passed, Boxes.Run(box, Leaves, [Right]).Status);
        const string Looks = """
            import os, sys, builtins
            def f(x):
                found = [os.path.exists(p) for p in ("/tmp/left.py", "left.py")]
                return [hasattr(builtins, "secret"), hasattr(sys, "secret")] + found
            """;
        var run = Boxes.Run(box, Looks, ["assert f(1) == [False] * 4"]);
        Assert.True(run.Status == RunStatus.Passed, run.Reason);
    }

    [Theory]
    [InlineData("wasm")]
    [InlineData("bwrap")]
    public void One_that_never_ends_does_not_disturb_others(string box)
    {
        Boxes.Need(box);
        CodeRun[] runs = new CodeRun[6];
        var threads = Enumerable.Range(0, runs.Length).Select(i => new Thread(() => runs[i] = i % 2 == 0
            ? Boxes.Run(box, "def f(x):\n    while True: pass\n", [Right], TimeSpan.FromSeconds(4))
            : Boxes.Run(box, $"def f(x): return x + {i}\n", [$"assert f(1) == {i + 1}"], TimeSpan.FromSeconds(60)))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.All(runs.Where((_, i) => i % 2 == 0), r => Assert.Equal(RunStatus.Timeout, r.Status));
        Assert.All(runs.Where((_, i) => i % 2 == 1), r => Assert.Equal(RunStatus.Passed, r.Status));
    }
}
