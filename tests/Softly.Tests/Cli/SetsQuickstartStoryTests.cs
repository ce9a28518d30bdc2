using System.Text.Json;
using System.Text.Json.Nodes;
using Softly.Runs;
using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli;

/// <summary>The quickstart of sets, small.</summary>
[Trait("Weight", "Story")]
public class SetsQuickstartStoryTests
{
    [Fact]
    public async Task A_small_quickstart_of_sets_is_stopped_gone_on_with_and_told_whole()
    {
        using var folder = new TemporaryFolder();
        string[] start =
        [
            "quickstart", "--sets", "--output", "q", "--steps", "2", "--warm-start-steps", "60", "--problems", "10",
            "--samples", "4",
        ];
        string[] resume = ["quickstart", "--output", "q", "--resume"];
        using (var process = Command.Start(folder.Path, start))
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            for (var i = 0; i < 12_000 && !process.HasExited && !File.Exists(folder.File("q/starts/set/seed-1/config.json")); i++)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            Assert.True(File.Exists(folder.File("q/starts/set/seed-1/config.json")), await Ended(output, error, process));
            if (!process.HasExited) // else a machine that is faster than we look
            {
                Command.Interrupt(process);
                Assert.True(process.WaitForExit(120_000));
                Assert.Equal(130, process.ExitCode);
                Assert.Contains("go on with: softly quickstart --output q --resume", await output);
                Assert.False(File.Exists(folder.File("q/report.html")));
            }
        }
        var made = File.GetLastWriteTimeUtc(folder.File("q/starts/set/seed-1/model.safetensors"));
        var (code, text, fault) = Command.Run(folder.Path, resume);
        Assert.True(code == 0, fault);
        Assert.Equal(made, File.GetLastWriteTimeUtc(folder.File("q/starts/set/seed-1/model.safetensors")));
        foreach (var part in new[] { "pass@4", "guessing", "own − it", "One warm start of each kind", "sets-two.yaml" })
            Assert.Contains(part, text);
        foreach (var run in new[] { "grpo", "frontier-soft" })
            Assert.True(RunFolder.IsRun(folder.File($"q/arms/{run}/start-1/runs/lr-1e-4-seed-1")));

        var page = File.ReadAllText(folder.File("q/report.html"));
        Assert.DoesNotContain("NaN", page);
        foreach (var part in new[] { "What the thoughts are worth", "its own thoughts on the graph of", "Minus grpo" })
            Assert.Contains(part, page);
        Assert.DoesNotContain("Not audited", page);

        // Everything is there: nothing is trained or evaluated again, and the same comes out.
        var metrics = folder.File("q/arms/frontier-soft/start-1/runs/lr-1e-4-seed-1/metrics.jsonl");
        var (first, trained) = (Numbers(folder), File.GetLastWriteTimeUtc(metrics));
        var again = Command.Run(folder.Path, [.. resume, "--sets", "--json"]);
        Assert.True(again.Code == 0, again.Error);
        Assert.Equal(trained, File.GetLastWriteTimeUtc(metrics));
        foreach (var line in again.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)) JsonDocument.Parse(line).Dispose();
        Assert.Equal(first, Numbers(folder));
    }

    private static async Task<string> Ended(Task<string> output, Task<string> error, System.Diagnostics.Process process) =>
        process.HasExited ? await output + await error : "the warm starts are not there after two minutes";

    [Fact]
    public void A_quickstart_without_sets_is_not_gone_on_with_as_one_of_sets()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("q"));
        File.WriteAllText(folder.File("q/quickstart.json"),
            """{"Seed":1,"Steps":3,"WarmStartSteps":5,"Advantage":"group","Problems":5,"Samples":4}""");
        var (code, _, error) = Command.Run(folder.Path, "quickstart", "--sets", "--output", "q", "--resume");
        Assert.Equal(2, code);
        Assert.Contains("q holds a quickstart without --sets", error);
    }

    /// <summary>The result without times and the command.</summary>
    private static string Numbers(TemporaryFolder folder)
    {
        var json = JsonNode.Parse(File.ReadAllText(folder.File("q/result.json")))!.AsObject();
        Assert.Equal(4, json["evaluations"]!.AsArray().Count);
        Assert.Equal(2, json["conclusion"]!.AsArray().Count(s => s!.ToString().Contains("thoughts that carry a set")));
        Assert.NotNull(json["audits"]![0]!["verdict"]);
        foreach (var name in new[] { "command_line", "durations", "warm_start" }) json.Remove(name);
        return json.ToJsonString();
    }
}
