using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

public sealed partial class ChartTests
{
    private static Chart PassAtK() => new()
    {
        Title = "pass@k",
        XLabel = "k",
        YLabel = "%",
        Log2X = true,
        YShows = [0, 100],
        Series =
        [
            new Series("guessing", [new(1, 6), new(4, 21.4), new(16, 57.6), new(32, 78.2)]) { Role = SeriesRole.Guess },
            new Series("warm start", [Point(1, 40.1), Point(4, 78.2), Point(16, 96.7), Point(32, 99)])
            {
                Role = SeriesRole.Baseline,
                Spread = Spread.Bars,
            },
            new Series("GRPO", [Point(1, 57.8), Point(4, 82.5), Point(16, 92.1), Point(32, 94.7)]) { Spread = Spread.Bars },
            new Series("winner", [Point(1, 60.8), Point(4, 83.8), Point(16, 91.9), Point(32, 93.7)]) { Spread = Spread.Band },
        ],
    };

    [Fact]
    public void Pass_at_k_looks_as_expected() => Expectation.Matches("chart-pass-at-k.svg", PassAtK().ToSvgFile());

    [Fact]
    public void Differences_look_as_expected() => Expectation.Matches("chart-differences.svg", new Chart
    {
        Title = "Change",
        Log2X = true,
        ZeroLine = true,
        Dodge = true,
        Joined = false,
        Series = [.. new[] { "a", "b" }.Select(name => new Series(name, [Point(1, 3), Point(32, -2)]) { Spread = Spread.Bars })],
    }.ToSvg());

    [Fact]
    public void Gaps_look_as_expected() => Expectation.Matches("chart-gap.svg", new Chart
    {
        Title = "Loss",
        Series = [new Series("", [new(1, 3), new(2, 2.5), new(3, double.NaN), new(4, 2), new(5, 1.5),
            new(6, double.PositiveInfinity)])],
    }.ToSvg());

    [Fact]
    public void Any_numbers_give_a_drawing_inside_its_frame()
    {
        double[] odd = [0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue,
            double.Epsilon, 1e-300, -1e15, 7];
        var number = Gen.OneOf(Gen.Double, Gen.Double[-5, 5], Gen.Int[0, odd.Length - 1].Select(i => odd[i]));
        var point = Gen.Select(number, number, number, number)
            .Select((x, y, low, high) => new ChartPoint(x, new Estimate(y, low, high)));
        var series = Gen.Select(point.List[0, 30], Gen.Int[0, 2], Gen.Int[0, 2])
            .Select((points, role, spread) => new Series("s", points) { Role = (SeriesRole)role, Spread = (Spread)spread });
        Gen.Select(series.List[0, 8], Gen.Bool, Gen.Bool, Gen.Bool).Sample((lines, log, dodge, zero) =>
            AssertSound(new Chart { Title = "t", Series = lines, Log2X = log, Dodge = dodge, ZeroLine = zero }.ToSvg()));
    }

    [Theory]
    [InlineData]
    [InlineData(5.0)]
    [InlineData(5.0, 5.0, 5.0)]
    [InlineData(0.0, 0.0)]
    [InlineData(-1e12, -2e12)]
    [InlineData(1e308, -1e308)]
    [InlineData(1e-9, 2e-9)]
    public void Few_equal_huge_and_tiny_numbers_are_drawn(params double[] values)
    {
        var svg = new Chart { Title = "t", Series = [new Series("s", [.. values.Select((y, x) => new ChartPoint(x, y))])] }
            .ToSvg();
        AssertSound(svg);
        Assert.Equal(values.Length == 0, svg.Contains("no numbers to show", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_cannot_become_markup()
    {
        const string Bad = "<script>alert('1')</script>\"&\u0001";
        var svg = new Chart { Title = Bad, XLabel = Bad, YLabel = Bad, Description = Bad,
            Series = [new Series(Bad, [new(1, 1), new(2, 2)])] }.ToSvg();
        Assert.DoesNotContain("<script", svg);
        AssertSound(svg);
    }

    [Fact]
    public void The_legend_stays_above_the_plot_and_inside_the_frame()
    {
        var names = Enumerable.Range(0, 9).Select(i => "a line with a rather long name " + new string('x', 10 * i)).ToList();
        var svg = XElement.Parse(new Chart { Title = "t",
            Series = [.. names.Select(n => new Series(n, [new(0, 1), new(9, 2)]))] }.ToSvg());
        var legend = svg.Descendants()
            .Where(e => e.Name.LocalName == "text" && e.Value.StartsWith("a line", StringComparison.Ordinal)).ToList();
        var plotTop = svg.Descendants().Where(e => (string?)e.Attribute("class") == "grid")
            .Min(e => Numbers().Matches((string)e.Attribute("d")!)
            .Select(m => double.Parse(m.Value)).ElementAt(1));
        Assert.Equal(names.Count, legend.Count);
        Assert.All(legend, text => Assert.True((double)text.Attribute("y")! < plotTop));
        Assert.All(legend, text => Assert.True((double)text.Attribute("x")! + 6.9 * text.Value.Length <= 480));
    }

    [Theory]
    [InlineData("0 0.5 1.0", 0.0, 1.0, 2)]
    [InlineData("0 20 40 60 80 100", 3.0, 99.1, 5)]
    [InlineData("−0.10 −0.05 0 0.05", -0.08, 0.04, 3)]
    [InlineData("0 1e6 2e6", 0.0, 1.9e6, 2)]
    [InlineData("1.2e−5 1.3e−5 1.4e−5", 1.2e-5, 1.4e-5, 3)]
    public void Ticks_are_round_numbers(string expected, double low, double high, int about)
    {
        var axis = Axis.Linear([low, high], about, loose: true);
        Assert.Equal(expected, string.Join(' ', axis.Ticks.Select(axis.Label)));
    }

    [Fact]
    public void A_base_2_axis_spaces_doublings_evenly()
    {
        var axis = Axis.Log2([1, 4, 16, 32]);
        Assert.Equal([1, 4, 16, 32], axis.Ticks);
        Assert.Equal([0, 0.4, 0.8, 1], axis.Ticks.Select(axis.At));
    }

    private static ChartPoint Point(double k, double value) => new(k, new Estimate(value, value - 1, value + 1));

    /// <summary>Well-formed, every path made of finite numbers, all of them near the frame.</summary>
    private static void AssertSound(string svg)
    {
        var root = XElement.Parse(svg);
        Assert.DoesNotContain("NaN", svg);
        Assert.DoesNotContain("∞", string.Concat(root.Descendants().Select(e => (string?)e.Attribute("d"))));
        Assert.All(root.Descendants().Where(e => e.Name.LocalName == "path"), path =>
        {
            var d = (string)path.Attribute("d")!;
            Assert.Matches("^[MLHVZahlvz0-9 .-]+$", d);
            Assert.All(Numbers().Matches(d), m => Assert.InRange(double.Parse(m.Value), -10, 1000));
        });
        Assert.Equal("img", (string)root.Attribute("role")!);
        Assert.NotEmpty((string)root.Attribute("aria-label")!);
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Numbers();
}
