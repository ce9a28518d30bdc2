using System.Text.Json;
using Softly.Cli;
using Softly.Cli.Benches;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli.Benches;

/// <summary>What follows from measurements, on made-up ones.</summary>
public class FigureTests
{
    private static Measurement Some(string name, double best, double median, double flops, long tokens = 100, int threads = 2) =>
        new(name, threads, new Timing(best, median, 3), new Work(tokens, flops)) { IsAsked = true };

    private static BenchDocument Document(params Measurement[] measurements) => new()
    {
        Machine = "2 vCPU x64, AVX-512", Date = "2026-11-26", Command = "softly bench", Load = "unknown", Runtime = "none",
        Threads = 2, Seed = 1, Quick = false,
        Ceilings =
        [
            new(Ceiling.Single, 1, 90), new(Ceiling.Single, 2, 180), new(Ceiling.Half, 2, 400), new(Ceiling.Read, 2, 30),
        ],
        Measurements = measurements,
    };

    private static Figure Find(BenchDocument d, string part) => Assert.Single(d.Figures, f => f.Name.Contains(part));

    [Fact]
    public void A_step_is_told_in_the_time_of_its_operations_at_the_limit()
    {
        // 1,800 GFLOP at 180 GFLOP/s would take 10 s; it took 8 s at best and 12 s in the middle.
        var figure = Find(Document(Some(Catalog.StepGrpo, 8, 12, 1.8e12)), "time ÷");
        Assert.Equal(0.8, figure.Value, 12);
        Assert.Equal(1.2, figure.Median, 12);
        Assert.True(figure.Met);
        Assert.False(Find(Document(Some(Catalog.StepGrpo, 12, 12, 1.8e12)), "time ÷").Met);
    }

    [Fact]
    public void Limits_are_those_of_the_same_threads()
    {
        // 90 GFLOP in 1 s on one thread is the whole of what one thread can do.
        var d = Document(Some(Catalog.StepParity, 1, 1, 90e9, threads: 1));
        Assert.Equal(1, Find(d, "time ÷").Value, 12);
        Assert.DoesNotContain(d.Figures, f => f.Name.Contains("bf16")); // which was not seen with one thread
    }

    [Fact]
    public void Decoding_is_told_as_a_share_of_half_precision()
    {
        var figure = Find(Document(Some(Catalog.DecodeSoft, 2, 4, 400e9)), "decode soft: share of the bf16 limit");
        Assert.Equal((0.5, 0.25), (figure.Value, figure.Median));
        Assert.False(figure.Met);
        Assert.Equal("50 %", figure.Show(figure.Value));
    }

    [Fact]
    public void The_fastest_of_the_other_ways_is_the_one_that_counts()
    {
        var d = Document(
            Some(Catalog.StepTiny, 1, 1, 1), Some(Catalog.StepEager + ", all threads", 5, 5, 1),
            Some(Catalog.StepEager + ", one thread", 4, 4, 1, threads: 1),
            Some(Catalog.StepEager + ", one thread: rollout", 0.1, 0.1, 1));
        Assert.Equal(4, Find(d, "full-logits").Value, 12);
    }

    [Fact]
    public void Nothing_is_asked_of_other_sizes()
    {
        var d = Document(Some(Catalog.StepGrpo, 8, 12, 1.8e12) with { IsAsked = false });
        Assert.Null(Find(d, "time ÷").Asked);
        Assert.Null(Find(d, "time ÷").Met);
    }

    [Fact]
    public void Memory_is_told_by_how_much_it_grows()
    {
        Measurement At(int vocabulary, double beyond) => Some($"{Catalog.Memory} {vocabulary}", 1, 1, 0) with
        {
            Setting = new Dictionary<string, string> { ["vocabulary"] = $"{vocabulary}" },
            Numbers = new Dictionary<string, double> { ["beyond_bytes"] = beyond, ["table_bytes"] = vocabulary * 1024.0 },
        };
        var figure = Find(Document(At(1_000, 100e6), At(100_000, 108e6)), "memory");
        Assert.Equal(1.08, figure.Value, 12);
        Assert.True(figure.Met);
    }

    [Fact]
    public void A_document_reads_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var d = Document(Some(Catalog.StepGrpo, 8, 12, 1.8e12)) with
        {
            Skipped = new Dictionary<string, string> { ["x"] = "why" },
        };
        d.Write(folder.File("d.json"));
        var read = BenchDocument.Read(folder.File("d.json"));
        Assert.Equal(JsonSerializer.Serialize(d, BenchDocument.Form), JsonSerializer.Serialize(read, BenchDocument.Form));
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("d.json")));
        Assert.Equal(BenchDocument.Name, json.RootElement.GetProperty("schema").GetString());
        foreach (var field in new[] { "machine", "date", "command", "load", "threads", "ceilings", "measurements", "figures" })
            Assert.True(json.RootElement.TryGetProperty(field, out _), field);
        var step = json.RootElement.GetProperty("measurements")[0];
        Assert.Equal(8, step.GetProperty("seconds").GetProperty("best").GetDouble());
        Assert.Equal(12.5, step.GetProperty("tokensPerSecond").GetDouble());
        Assert.Equal(1.8e12, step.GetProperty("work").GetProperty("flops").GetDouble());
    }

    [Fact]
    public void A_figure_is_worse_where_its_direction_says_so()
    {
        var d = Document(Some(Catalog.StepGrpo, 10, 10, 1.8e12), Some(Catalog.DecodeSoft, 2, 2, 400e9));
        string step = Find(d, "time ÷").Name, decode = "decode soft: share of the bf16 limit";
        RecordedRatios Was(double s, double x) =>
            new(d.Machine, "", "", "", 1.5, new() { [step] = s, [decode] = x, ["gone"] = 3 });
        Assert.Empty(Was(1, 0.5).Changes(d.Figures));
        Assert.Empty(Was(1.4, 0.7).Changes(d.Figures)); // within the tolerance
        Assert.Equal([true, true], Was(0.5, 0.9).Changes(d.Figures).Select(c => c.IsWorse)); // it took less, and reached more
        Assert.Equal([false, false], Was(2, 0.2).Changes(d.Figures).Select(c => c.IsWorse));
    }

    [Fact]
    public void Recorded_figures_read_as_they_were_written_and_a_document_serves_too()
    {
        using var folder = new TemporaryFolder();
        var d = Document(Some(Catalog.StepGrpo, 8, 12, 1.8e12));
        RecordedRatios.Of(d).Write(folder.File("r.json"));
        d.Write(folder.File("d.json"));
        var (recorded, whole) = (RecordedRatios.Read(folder.File("r.json")), RecordedRatios.Read(folder.File("d.json")));
        Assert.Equal(recorded.Ratios, whole.Ratios);
        Assert.Equal(0.8, recorded.Ratios[Find(d, "time ÷").Name]);
        File.WriteAllText(folder.File("x.json"), "{\"ratios\": null}");
        Assert.Contains("x.json", Assert.Throws<UserError>(() => RecordedRatios.Read(folder.File("x.json"))).Message);
    }

    [Fact]
    public void Tables_name_what_is_asked_and_whether_it_is_met()
    {
        var table = BenchReport.Markdown(Document(Some(Catalog.StepGrpo, 8, 12, 1.8e12), Some(Catalog.StepSoft, 12, 12, 1.8e12)));
        Assert.Contains("| ≤ 1.00 | **0.80** (1.20) |", table);
        Assert.Contains("| ≤ 1.10 | 1.50 (1.00) |", table);
    }
}
