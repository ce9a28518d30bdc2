using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Cli.Benches;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli.Benches;

/// <summary>The command, from measuring to comparing. Nothing here asks how fast anything was.</summary>
[Trait("Weight", "Story")]
public class BenchStoryTests
{
    [Fact]
    public void What_was_measured_is_written_rendered_and_compared()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("page.md"), $"before\n{BenchReport.Begin}\nwhat was there\n{BenchReport.End}\nafter\n");
        var (code, output, error) = Command.Run(
            folder.Path, "bench", "ceilings", "rollouts", "--quick", "--out", "d.json", "--record", "r.json",
            "--into", "page.md");
        Assert.True(code == 0, error + output);

        var document = BenchDocument.Read(folder.File("d.json"));
        Assert.Empty(document.Failed);
        Assert.Contains(document.Measurements, m => m.Name == Catalog.DecodeSoft);
        Assert.All(document.Measurements, m => Assert.True(m.Seconds.Best > 0 && m.Seconds.Best <= m.Seconds.Median));
        foreach (var what in new[] { Ceiling.Single, Ceiling.Half, Ceiling.Read })
            Assert.True(document.Limit(what, 1) > 0, what);
        var page = File.ReadAllText(folder.File("page.md"));
        Assert.StartsWith("before\n", page);
        Assert.EndsWith("after\n", page);
        Assert.Contains(Catalog.DecodeSoft, page);
        Assert.DoesNotContain("what was there", page);

        var (same, said, _) = Command.Run(folder.Path, "bench", "--from", "d.json", "--against", "r.json");
        Assert.Equal(0, same);
        Assert.Contains("0 worse and 0 better", said);
        var recorded = JsonNode.Parse(File.ReadAllText(folder.File("r.json")))!;
        recorded["ratios"]!["decode soft: share of the bf16 limit"] = 9; // what nobody reaches
        File.WriteAllText(folder.File("dream.json"), recorded.ToJsonString());
        var (worse, why, _) = Command.Run(folder.Path, "bench", "--from", "d.json", "--against", "dream.json");
        Assert.Equal(1, worse);
        Assert.Contains("worse: decode soft: share of the bf16 limit: 900 %", why);
    }

    [Fact]
    public void A_step_on_one_core_and_its_eager_counterpart_are_measured()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, "bench", "step", "--quick", "--json", "engine=torch", "dtype=float32");
        Assert.True(code == 0, error + output);
        using var document = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        var measured = document.RootElement.GetProperty("measurements").EnumerateArray()
            .ToDictionary(m => m.GetProperty("name").GetString()!);
        Assert.Equal(1, measured[Catalog.StepParity].GetProperty("threads").GetInt32());
        Assert.Equal("TorchDecoder", measured[Catalog.StepGrpo].GetProperty("setting").GetProperty("decoder").GetString());
        Assert.Contains(measured.Keys, k => k.StartsWith(Catalog.StepEager, StringComparison.Ordinal));
        // Rollout and update are the whole of a step, by its own clock.
        double Best(string name) => measured[name].GetProperty("seconds").GetProperty("best").GetDouble();
        Assert.InRange(
            Best(Catalog.StepGrpo + ": rollout") + Best(Catalog.StepGrpo + ": update"), 0, Best(Catalog.StepGrpo) * 1.0001);
    }

    [Fact]
    public void A_part_that_needs_what_is_not_there_says_what_and_ends_with_3()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = Command.Run(folder.Path, "bench", "peers", "--quick");
        Assert.Equal(3, code);
        Assert.Contains("--model", output);
    }

    [Fact]
    public async Task Ctrl_C_keeps_what_was_measured_so_far()
    {
        using var folder = new TemporaryFolder();
        using var process = Command.Start(folder.Path, "bench", "ceilings", "lengths", "--quick", "--json", "--out", "d.json");
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken); // the first measurement
        Assert.Contains(Catalog.LengthUpdate, line);
        Command.Interrupt(process);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("stopping", await error);
        var document = BenchDocument.Read(folder.File("d.json"));
        Assert.Contains(document.Measurements, m => m.Name == $"{Catalog.LengthUpdate} 64");
        Assert.Equal("stopped", document.Skipped[$"{Catalog.LengthDecode} 1024"]);
    }

    [Theory]
    [InlineData("bench stpe", "there is no part 'stpe'; did you mean 'step'?")]
    [InlineData("bench --model 136m", "did you mean '135m'?")]
    [InlineData("bench --threads 0", "--threads 0: expected a whole number of at least 1")]
    [InlineData("bench --seed -1", "--seed -1")]
    [InlineData("bench enigne=torch", "did you mean 'engine'?")]
    [InlineData("bench step num_generations=4", "is what the measurement is made of")]
    [InlineData("bench threads=4", "use --threads")]
    [InlineData("bench --against nowhere.json", "nowhere.json: there is no such file")]
    [InlineData("bench --from nowhere.json", "nowhere.json: there is no such file")]
    [InlineData("bench --into nowhere.md", "nowhere.md: there is no such file")]
    public void Wrong_input_is_said_in_one_message_before_anything_is_measured(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, line.Split(' '));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Help_has_examples_and_the_list_names_every_part()
    {
        var (code, help, _) = Command.Run(".", "bench", "--help");
        Assert.Equal(0, code);
        Assert.Contains("softly bench step --model tiny", help);
        var (_, list, _) = Command.Run(".", "bench", "--list");
        Assert.All(Catalog.Parts, p => Assert.Contains($"{p.Name}: {p.About}", list));
    }
}
