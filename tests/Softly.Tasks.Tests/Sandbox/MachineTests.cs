using System.Runtime.Versioning;
using Softly.Sandbox;
using Softly.Sandbox.Bubblewrap;

namespace Softly.Tests.Sandbox;

/// <summary>Machines on which bubblewrap or Python are not what they should be: said, and nothing else is thrown.</summary>
[Trait("Weight", "Story")]
[Collection(nameof(OneSandboxAtATime))]
[UnsupportedOSPlatform("windows")]
public sealed class MachineTests : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly string? _python = Environment.GetEnvironmentVariable(HostPython.Variable);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Environment.SetEnvironmentVariable(HostPython.Variable, _python);
        _folder.Dispose();
    }

    [Fact]
    public void A_file_that_may_not_be_executed_is_no_program()
    {
        Boxes.Need("bwrap");
        _folder.With("bwrap", "");
        Environment.SetEnvironmentVariable("PATH", $"{_folder.Path}:{_path}");
        using var box = BubblewrapSandbox.Open();
        Assert.Contains("bubblewrap", box.Version);
    }

    [Fact]
    public void A_program_that_cannot_be_started_is_said_with_the_remedy()
    {
        Boxes.Need("bwrap");
        Program("bwrap", "this is no program");
        Environment.SetEnvironmentVariable("PATH", $"{_folder.Path}:{_path}");
        var thrown = Assert.Throws<SandboxUnavailableException>(() => BubblewrapSandbox.Open());
        Assert.Contains(_folder.File("bwrap"), thrown.Message);
        Assert.Contains(BubblewrapSandbox.Remedy, thrown.Message);
    }

    [Fact]
    public void A_filter_that_cannot_be_written_makes_the_sandbox_unavailable()
    {
        Boxes.Need("bwrap");
        var cache = _folder["cache"];
        BubblewrapSandbox.Open(cache).Dispose();
        var filter = Assert.Single(Directory.GetFiles(cache));
        File.Delete(filter);
        Directory.CreateDirectory(filter); // a file cannot be moved there, whoever we are
        var thrown = Assert.Throws<SandboxUnavailableException>(() => BubblewrapSandbox.Open(cache));
        Assert.Contains("cannot be written", thrown.Message);
        Assert.Empty(Directory.GetFiles(cache)); // nothing half written is left
    }

    [Fact]
    public void A_program_that_does_not_answer_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "it is a script of sh");
        Program("slow", "#!/bin/sh\nsleep 60\n");
        Program("quick", "#!/bin/sh\necho \"$1\"\n");
        Program("noisy", "#!/bin/sh\nhead -c 1000000 /dev/zero >&2\necho done\n");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Null(Programs.Ask(_folder.File("slow"), TimeSpan.FromMilliseconds(200)));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Assert.Equal("yes\n", Programs.Ask(_folder.File("quick"), TimeSpan.FromSeconds(20), "yes"));
        Assert.Equal("done\n", Programs.Ask(_folder.File("noisy"), TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/home/..")]
    [InlineData("HOME")]
    public void A_Python_that_would_show_the_users_files_is_refused(string prefix)
    {
        Boxes.Need("bwrap");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var folder = prefix == "HOME" ? home : prefix;
        Program("python", $"#!/bin/sh\nprintf '%s\\n' '{folder}' 3.12.0 /usr/bin/python3\n");
        Environment.SetEnvironmentVariable(HostPython.Variable, _folder.File("python"));
        var thrown = Assert.Throws<SandboxUnavailableException>(() => HostPython.Find());
        Assert.Contains($"is installed in {folder}, ", thrown.Message);
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/home", true)]
    [InlineData("/home/", true)]
    [InlineData("/home/me", true)]
    [InlineData("/home/me/.pyenv/versions/3.12", false)]
    [InlineData("/home/m", false)]
    [InlineData("/opt/python", false)]
    public void What_holds_the_users_folder_is_too_much(string folder, bool tooMuch) =>
        Assert.Equal(tooMuch, HostPython.IsTooMuch(folder, "/home/me"));

    private void Program(string name, string text)
    {
        _folder.With(name, text);
        File.SetUnixFileMode(_folder.File(name), Executable);
    }
}
