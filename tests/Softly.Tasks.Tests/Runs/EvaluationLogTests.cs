using System.Text.Json;
using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class EvaluationLogTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    public void Dispose() => _at.Dispose();

    private static EvaluationRecord Evaluation(string arm = "grpo", string decoding = "own", int step = 300) => new()
    {
        Arm = arm, Decoding = decoding, Step = step, Task = "countdown-3", Seed = 1,
        PassAtK = [new(1, new(0.578, 0.561, 0.598), 0.06), new(16, Estimate.Exact(0.921))],
        Problems = [new("countdown-3/0", 64, 40), new("countdown-3/1", 64, 0)],
        FirstThoughtEntropy = 0.52, Numbers = new Dictionary<string, double> { ["mean_length"] = 14, ["nothing"] = double.NaN },
    };

    [Fact]
    public void An_evaluation_is_one_file_with_counts_intervals_and_guesses()
    {
        var path = new EvaluationLog(_at.Path).Add(Evaluation());
        Assert.Equal("step-000300-grpo-own-seed1.json", Path.GetFileName(path));
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(
            """{"k":1,"estimate":0.578,"low":0.561,"high":0.598,"guess":0.06}""",
            JsonSerializer.Serialize(json.RootElement.GetProperty("pass_at_k")[0]));
        Assert.Equal(
            """{"k":16,"estimate":0.921,"low":null,"high":null}""",
            JsonSerializer.Serialize(json.RootElement.GetProperty("pass_at_k")[1]));
        Assert.Equal(
            """{"id":"countdown-3/0","n":64,"c":40}""", JsonSerializer.Serialize(json.RootElement.GetProperty("problems")[0]));

        var read = Assert.Single(EvaluationLog.Read(_at.Path));
        Assert.Equal(Evaluation().PassAtK, read.PassAtK);
        Assert.Equal(Evaluation().Problems, read.Problems);
        Assert.Equal(Evaluation().Numbers, read.Numbers);
        Assert.Equal((0.52, 1L, "countdown-3"), (read.FirstThoughtEntropy, read.Seed, read.Task));
        Assert.Equal(0.06, read.At(1)!.Value.Guess);
        Assert.Null(read.At(4));
    }

    [Fact]
    public void Names_that_look_alike_are_two_files_and_the_same_name_one()
    {
        var log = new EvaluationLog(_at.Path);
        string[] arms = ["a", "a'", "a/", "a_", "../a"];
        foreach (var arm in arms) log.Add(Evaluation(arm));
        log.Add(Evaluation("a'"));
        Assert.Equal(arms.Order(), EvaluationLog.Read(_at.Path).Select(e => e.Arm).Order());
    }

    [Fact]
    public void Resuming_deletes_evaluations_that_come_later()
    {
        var log = new EvaluationLog(_at.Path);
        foreach (var step in (int[])[0, 100, 200, 1_000_000]) log.Add(Evaluation(step: step));
        _ = new EvaluationLog(_at.Path, resumeAt: 100);
        Assert.Equal([0, 100], EvaluationLog.Read(_at.Path).Select(e => e.Step));
    }

    [Fact]
    public void A_file_that_is_no_evaluation_is_named()
    {
        File.WriteAllText(_at["step-000001-x.json"], "{\"arm\":\"x\"}");
        Assert.StartsWith(
            $"{_at["step-000001-x.json"]}: not an evaluation",
            Assert.Throws<InvalidDataException>(() => EvaluationLog.Read(_at.Path)).Message);
        Assert.Empty(EvaluationLog.Read(_at["missing"]));
    }
}
