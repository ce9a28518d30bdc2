using Softly.Cli;

namespace Softly.Tests.Cli;

public class NativeTorchTests
{
    [Fact]
    public void The_library_of_this_build_loads() => NativeTorch.Load();

    [Fact]
    public void A_version_mark_that_stands_in_the_way_is_told_with_its_own_remedy()
    {
        var said = NativeTorch.Reason(
            "Unable to load shared library 'x'. Consider strace:\n/lib/libstdc++.so.6: "
            + "version `GLIBCXX_3.4.32' not found (required by x)\n",
            "libLibTorchSharp.so");
        Assert.StartsWith("libLibTorchSharp.so: /lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found", said);
        Assert.Contains("build/NativeTorch.targets", said);
    }

    [Fact]
    public void An_old_system_is_told_what_is_needed()
    {
        var said = NativeTorch.Reason(
            "Unable to load\n/lib/libc.so.6: version `GLIBC_2.34' not found (required by x)", "libtorch_cpu.so");
        Assert.Contains("GLIBC_2.34", said);
        Assert.Contains("Debian 12 (glibc 2.36) or a newer system is needed", said);
    }
}
