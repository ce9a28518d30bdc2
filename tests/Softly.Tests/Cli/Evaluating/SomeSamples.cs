using Softly.Runs;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Answers made up from a seed: problems of different difficulty, a few answers that were not found.</summary>
internal static class SomeSamples
{
    public static List<SampleRecord> Of(int problems, int samples, int seed, double ease = 0.5, string prefix = "p")
    {
        var random = new Random(seed);
        var list = new List<SampleRecord>();
        for (var p = 0; p < problems; p++)
        {
            var chance = Math.Clamp(ease + 0.8 * (new Random(1000 + p).NextDouble() - 0.5), 0, 1);
            var firsts = new Dictionary<string, int>();
            for (var s = 0; s < samples; s++)
            {
                var answer = random.NextDouble() < chance ? "right" : random.Next(5) is var w and > 0 ? $"wrong {w}" : null;
                if (answer is not null) firsts.TryAdd(answer, s);
                var tokens = random.Next(20, 60);
                list.Add(new SampleRecord
                {
                    ProblemId = $"{prefix}{p}",
                    Sample = s,
                    Completion = $"thinking {random.Next(3)} … {answer ?? "nothing"}",
                    Answer = answer,
                    AnswerClass = answer is null ? null : firsts[answer],
                    Score = answer == "right" ? 1 : 0,
                    Verdict = answer switch { "right" => "right", null => "no_answer", _ => "wrong" },
                    Reason = "made up",
                    PromptTokens = 12,
                    Tokens = tokens,
                    ThoughtTokens = tokens / 2,
                    FinishReason = answer is null ? "length" : "end",
                    Entropy = random.NextDouble(),
                    FirstEntropy = random.NextDouble(),
                });
            }
        }
        return list;
    }
}
