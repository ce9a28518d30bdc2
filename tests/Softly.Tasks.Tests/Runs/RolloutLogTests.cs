using Softly.Runs;

namespace Softly.Tests.Runs;

public sealed class RolloutLogTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    public void Dispose() => _at.Dispose();

    private static RolloutRecord Rollout(int step, string completion = "3 + 4 > 7") => new()
    {
        Step = step, ProblemId = "countdown-3/12", Prompt = "3 4 7 =", Completion = completion, Score = 1, Verdict = "right",
        Reason = "equals 7", Advantage = 0.5, PromptLength = 5, CompletionLength = 14, ThoughtLength = 8, FinishReason = "stop",
    };

    [Fact]
    public void A_rollout_is_one_readable_line()
    {
        var log = new RolloutLog(_at.Path);
        var soft = Rollout(123) with { Thoughts = [new([new("3", 0.61234567), new("4", 0.3)]), ThoughtStep.Of("+")] };
        Assert.True(log.Append(123, [soft]));
        Assert.Equal(
            """
            {"step":123,"problem_id":"countdown-3/12","prompt":"3 4 7 =","completion":"3 + 4 > 7","score":1,"verdict":"right",
            "reason":"equals 7","advantage":0.5,"prompt_length":5,"completion_length":14,"thought_length":8,"finish_reason":"stop",
            "thoughts":[[["3",0.6123],["4",0.3]],[["+",1]]]}
            """.ReplaceLineEndings("") + "\n",
            File.ReadAllText(_at["step-000123.jsonl"]));
    }

    [Fact]
    public void What_is_written_comes_back()
    {
        var log = new RolloutLog(_at.Path);
        var given = Rollout(7, "a \"quote\", a\nline, √2 → 😀") with
        {
            Thoughts = [new([new(" the", 0.75), new("\n", 0.25)])], ThoughtLength = null
        };
        log.Append(7, [given, Rollout(7)]);
        var read = RolloutLog.Read(_at.Path, 7);
        Assert.Equal(2, read.Count);
        Assert.Equal(given.Thoughts![0].Words, read[0].Thoughts![0].Words);
        Assert.Equal(given with { Thoughts = null }, read[0] with { Thoughts = null });
        Assert.Equal(Rollout(7), read[1]);
        Assert.Empty(RolloutLog.Read(_at.Path, 8));
    }

    [Fact]
    public void What_rewards_gave_comes_back_and_what_gave_nothing_is_no_zero()
    {
        var log = new RolloutLog(_at.Path);
        log.Append(1,
        [
            Rollout(1) with
            {
                Score = double.NaN, Rewards = new Dictionary<string, double> { ["accuracy"] = 0.5, ["mine"] = double.NaN },
                RewardFaults = new Dictionary<string, string> { ["mine"] = "Exception: \"no\"" }, Watched = "wrong",
            },
        ]);
        Assert.Contains(
            "\"rewards\":{\"accuracy\":0.5,\"mine\":null},\"reward_faults\":{\"mine\":",
            File.ReadAllText(_at["step-000001.jsonl"]));
        var read = Assert.Single(RolloutLog.Read(_at.Path, 1));
        Assert.Equal(double.NaN, read.Score);
        Assert.Equal([("accuracy", 0.5), ("mine", double.NaN)], read.Rewards!.Select(r => (r.Key, r.Value)));
        Assert.Equal("Exception: \"no\"", read.RewardFaults!["mine"]);
        Assert.Equal("wrong", read.Watched);
    }

    [Fact]
    public void Half_a_character_and_a_score_that_is_no_number_do_no_harm()
    {
        var log = new RolloutLog(_at.Path);
        log.Append(1, [Rollout(1, "cut \ud83d") with { Advantage = double.NaN }]); // a token may end inside a character
        var read = Assert.Single(RolloutLog.Read(_at.Path, 1));
        Assert.Equal("cut \ufffd", read.Completion);
        Assert.Equal(double.NaN, read.Advantage);
    }

    [Fact]
    public void Resuming_deletes_the_steps_that_come_later()
    {
        var log = new RolloutLog(_at.Path);
        for (var step = 1; step <= 4; step++) log.Append(step, [Rollout(step)]);
        Assert.Equal([1, 2, 3, 4], RolloutLog.Steps(_at.Path));
        var resumed = new RolloutLog(_at.Path, resumeAt: 2);
        Assert.Equal([1, 2], RolloutLog.Steps(_at.Path));
        Assert.Equal(log.Bytes / 2, resumed.Bytes);
    }

    [Fact]
    public void The_cap_stops_whole_steps_and_says_so_once()
    {
        var size = new RolloutLog(_at["probe"]) is var probe && probe.Append(1, [Rollout(1)]) ? probe.Bytes : 0;
        var log = new RolloutLog(_at["run"], maxBytes: 2 * size + size / 2);
        Assert.True(log.Append(1, [Rollout(1)]));
        Assert.True(log.Append(2, [Rollout(2)]));
        Assert.Null(log.Stopped);
        Assert.False(log.Append(3, [Rollout(3)]));
        Assert.False(log.Append(4, []));
        Assert.StartsWith("Rollouts are logged up to before step 3 only: the cap of ", log.Stopped);
        Assert.Equal(log.Stopped + "\n", File.ReadAllText(_at["run", "STOPPED.txt"]));
        Assert.Equal([1, 2], RolloutLog.Steps(_at["run"]));

        var raised = new RolloutLog(_at["run"]); // a higher cap: the note goes, logging goes on
        Assert.False(File.Exists(_at["run", "STOPPED.txt"]));
        Assert.True(raised.Append(5, [Rollout(5)]));
    }

    [Fact]
    public void Broken_records_are_named_and_a_step_must_be_the_one_said()
    {
        File.WriteAllText(_at["step-000001.jsonl"], "{\"step\":1,\"problem_id\":4}\n");
        var error = Assert.Throws<InvalidDataException>(() => RolloutLog.Read(_at.Path, 1));
        Assert.Equal($"{_at["step-000001.jsonl"]}, line 1: 'problem_id' should be a text", error.Message);
        Assert.Throws<ArgumentException>(() => new RolloutLog(_at.Path).Append(2, [Rollout(3)]));
    }
}
