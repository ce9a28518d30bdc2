using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class HumanTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.0042, "4.2 ms")]
    [InlineData(0.42, "420 ms")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(4.24, "4.2 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.7, "1 min")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3599.6, "1 h")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(7199 + 0.9, "2 h")]
    [InlineData(86_399, "1 d")]
    [InlineData(3 * 86_400 + 4 * 3600, "3 d 4 h")]
    [InlineData(-200, "−3 min 20 s")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    public void A_span_reads_as_its_two_largest_units(double seconds, string expected) =>
        Assert.Equal(expected, HumanTime.Format(seconds));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1_048_575, "1.0 MiB")] // 1023.999 KiB would round to 1024
    [InlineData(27L << 30, "27 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    [InlineData(-2048, "−2.0 KiB")]
    public void Bytes_read_in_binary_units(long bytes, string expected) => Assert.Equal(expected, HumanBytes.Format(bytes));

    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("5G", 5L << 30)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("64kB", 64_000)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("24gib", 24L << 30)]
    [InlineData("1.5 MiB", 1_572_864)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("1 TB", 1_000_000_000_000)]
    [InlineData("4096", 4096)]
    [InlineData("4096B", 4096)]
    public void Sizes_are_read_in_their_units(string text, long expected)
    {
        Assert.True(HumanBytes.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0.5")]
    [InlineData("-5GB")]
    [InlineData("5XB")]
    [InlineData("GB")]
    [InlineData("24 parsecs")]
    [InlineData("1e3")]
    [InlineData("5GB\n")]
    [InlineData("9000000000TB")]
    [InlineData("٥GB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(HumanBytes.TryParse(text, out _));

    [Fact]
    public void Time_left_follows_the_recent_steps_and_forgets_the_first()
    {
        var eta = new Eta(totalSteps: 10, window: 2);
        Assert.Null(eta.Left);
        eta.Step(TimeSpan.FromSeconds(100));
        Assert.Equal(TimeSpan.FromSeconds(900), eta.Left); // 9 left at 100 s
        eta.Step(TimeSpan.FromSeconds(2));
        eta.Step(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(3), eta.StepTime); // mean of 2 and 4
        Assert.Equal(TimeSpan.FromSeconds(21), eta.Left); // 7 left
        for (var i = 0; i < 9; i++) eta.Step(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, eta.Left);
    }

    [Fact]
    public void A_resumed_run_counts_from_where_it_was()
    {
        var eta = new Eta(totalSteps: 300, done: 290);
        eta.Step(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(18), eta.Left);
    }
}
