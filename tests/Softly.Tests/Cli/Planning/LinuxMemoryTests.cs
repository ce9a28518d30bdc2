using Softly.Cli.Planning;

namespace Softly.Tests.Cli.Planning;

/// <summary>What can be had, from the kernel's files as machines and containers have them.</summary>
public class LinuxMemoryTests
{
    private const string MemInfo = "MemTotal:       24684128 kB\nMemFree:        12032312 kB\nMemAvailable:   20000000 kB\n";
    private const long Machine = 20_000_000L << 10;
    private const long GiB = 1L << 30;

    private static long? Available(params (string Path, string Text)[] files) =>
        LinuxMemory.Available(path => files.Where(f => f.Path == path).Select(f => f.Text).FirstOrDefault());

    [Fact]
    public void Without_a_limit_it_is_what_the_machine_has()
    {
        Assert.Equal(Machine, Available(("/proc/meminfo", MemInfo)));
        Assert.Equal(Machine, Available(
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", "0::/user.slice/session-1.scope\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "max\n"), ("/sys/fs/cgroup/user.slice/memory.current", "1000000\n")));
        Assert.Null(Available());
    }

    /// <summary>A container with 4 GiB, 3 of them used, 2 of which are files read long ago.</summary>
    [Fact]
    public void A_container_leaves_what_its_limit_leaves()
    {
        Assert.Equal(3 * GiB, Available(
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/memory.max", $"{4 * GiB}\n"), ("/sys/fs/cgroup/memory.current", $"{3 * GiB}\n"),
            ("/sys/fs/cgroup/memory.stat", $"anon 1\nactive_file 77\ninactive_file {2 * GiB}\nslab 5\n")));
    }

    [Fact]
    public void The_narrowest_of_nested_groups_counts()
    {
        (string, string)[] files =
        [
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", "0::/jobs.slice/job-7.scope\n"),
            ("/sys/fs/cgroup/jobs.slice/job-7.scope/memory.max", $"{8 * GiB}\n"),
            ("/sys/fs/cgroup/jobs.slice/job-7.scope/memory.current", $"{1 * GiB}\n"),
            ("/sys/fs/cgroup/jobs.slice/memory.max", $"{10 * GiB}\n"),
            ("/sys/fs/cgroup/jobs.slice/memory.current", $"{6 * GiB}\n"),
        ];
        Assert.Equal(4 * GiB, Available(files)); // the slice's
        Assert.Equal(7 * GiB, Available(files[..4]));
    }

    /// <summary>The group's name may be the outer machine's, of which the container sees its own part alone.</summary>
    [Theory]
    [InlineData("0::/system.slice/docker-1234.scope\n")]
    [InlineData("0::/../../other\n")]
    public void A_container_that_sees_no_such_group_has_its_own_at_the_root(string groups)
    {
        Assert.Equal(2 * GiB, Available(
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", groups),
            ("/sys/fs/cgroup/memory.max", $"{3 * GiB}\n"), ("/sys/fs/cgroup/memory.current", $"{1 * GiB}\n")));
    }

    [Fact]
    public void The_first_version_of_control_groups_is_read_too()
    {
        const string groups = "12:cpu,cpuacct:/docker/ab\n7:memory:/docker/ab\n1:name=systemd:/docker/ab\n0::/docker/ab\n";
        (string, string)[] files =
        [
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", groups),
            ("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", $"{6 * GiB}\n"),
            ("/sys/fs/cgroup/memory/docker/ab/memory.usage_in_bytes", $"{5 * GiB}\n"),
            ("/sys/fs/cgroup/memory/docker/ab/memory.stat", $"inactive_file 9\ntotal_inactive_file {1 * GiB}\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"), // no limit
            ("/sys/fs/cgroup/memory/memory.usage_in_bytes", $"{9 * GiB}\n"),
        ];
        Assert.Equal(2 * GiB, Available(files));
        Assert.Equal(2 * GiB, Available(files[1..])); // a limit is known, the machine's own is not
    }

    [Fact]
    public void A_group_above_its_limit_leaves_nothing()
    {
        Assert.Equal(0, Available(
            ("/proc/meminfo", MemInfo), ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/memory.max", $"{1 * GiB}\n"), ("/sys/fs/cgroup/memory.current", $"{2 * GiB}\n")));
    }

    /// <summary>.NET's own limit is three quarters of a container's and binds nothing but its heap.</summary>
    [Fact]
    public void What_the_kernel_says_is_what_is_reported()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads Linux's files");
        var before = LinuxMemory.Available(LinuxMemory.Read);
        Assert.NotNull(before);
        Assert.InRange(Softly.Cli.Planning.Machine.AvailableBytes()!.Value / (double)before.Value, 0.8, 1.25);
    }
}
