using Softly.Runs;
using Softly.Runs.Reports;

namespace Softly.Tests.Runs;

/// <summary>A quickstart as it may come out, made up but plausible; the curves are as long as asked.</summary>
internal static class SampleQuickstart
{
    private const string Own = "T=1", Soft = "soft", OneHot = "one-hot top-5";

    public static QuickstartResult Result(int steps = 6) => new()
    {
        CommandLine = "softly quickstart --seed 1 --advantage group",
        Seed = 1,
        Machine = new QuickstartMachine(2, ".NET 10.0.0, TorchSharp 0.107.0", "Linux x64"),
        Task = new QuickstartTask("countdown-3", "reach a target from three numbers with +, − and ×, left to right.", 300,
            64, HeldOut: true),
        Advantage = "group",
        WarmStart = new QuickstartWarmStart(130_112, 500, 27.3, 0.812),
        Control = "GRPO on the soft support",
        Arms =
        [
            Arm("GRPO", "thinks in plain words; the gradient scores the words", Own, steps, 0.40, 0.58, 0.81, 0.52, soft: false),
            Arm("SofT-GRPO", "thinks in soft tokens; the gradient scores the whole mixture", Soft, steps, 0.43, 0.56, 0.8,
                0.59, soft: true),
            Arm("SofT-GRPO winner", "thinks in soft tokens; the gradient scores the heaviest word", Soft, steps, 0.43, 0.61,
                0.8, 0.57, soft: true),
        ],
        Decodings =
        [
            new QuickstartDecoding(Own, "Plain words, drawn from all of them."),
            new QuickstartDecoding(OneHot, "Plain words, drawn from the five likeliest that make up 95 %."),
            new QuickstartDecoding(Soft, "Soft thoughts of those five at τ = 0.1; the answer in plain words."),
        ],
        Evaluations =
        [
            Evaluation("warm start", Own, [40.1, 78.2, 96.7, 99.1], 0.81, null, null),
            Evaluation("GRPO", Own, [57.8, 82.5, 92.1, 94.7], 0.52, [17.7, 4.3, -4.6, -4.4], null),
            Evaluation("warm start", OneHot, [43.8, 80.4, 96.7, 98.9], 0.81, null, null),
            Evaluation("GRPO", OneHot, [62.1, 84.2, 92.1, 93.7], 0.58, [18.3, 3.8, -4.6, -5.2], null),
            Evaluation("warm start", Soft, [42.9, 80.0, 96.6, 98.8], 0.81, null, null),
            Evaluation("SofT-GRPO", Soft, [55.8, 81.5, 92.2, 94.5], 0.59, [12.9, 1.5, -4.4, -4.3], [-6.2, -2.7, 0.3, 1.0]),
            Evaluation("SofT-GRPO winner", Soft, [60.8, 83.8, 91.9, 93.7], 0.57, [17.9, 3.8, -4.7, -5.1],
                [-1.3, -0.4, -0.2, 0.0]),
        ],
        Guess = [Guess(1, 6.0), Guess(4, 21.4), Guess(16, 57.6), Guess(32, 78.2)],
        Matched =
        [
            new QuickstartMatch("GRPO", 204, [Guess(1, 55), Guess(4, 82.1), Guess(16, 93.7), Guess(32, 95.9)]),
            new QuickstartMatch("SofT-GRPO", 261, [Guess(1, 55), Guess(4, 81.2), Guess(16, 92.7), Guess(32, 94.9)]),
            new QuickstartMatch("SofT-GRPO winner", null, []),
        ],
        Durations = [new("warm start", 27.3), new("GRPO", 42), new("SofT-GRPO", 44.1), new("SofT-GRPO winner", 43.5),
            new("evaluations", 21)],
    };

    /// <summary>Sets against words: frontier-soft minus grpo at pass@1 and pass@32, in points, each with ± 1.</summary>
    public static QuickstartResult Sets(double one, double many)
    {
        const string Decoding = "own";
        PassDifference[] difference = [new(1, Interval(one, 1)), new(32, Interval(many, 1))];
        return Result() with
        {
            Story = QuickstartStory.Sets,
            Control = "grpo",
            Arms =
            [
                Arm("grpo", "words", Decoding, 6, 0.05, 0.1, 0.8, 0.6, soft: false) with { Start = "path start" },
                Arm("frontier-soft", "sets", Decoding, 6, 0.3, 0.4, 0.8, 0.6, soft: true) with { Start = "set start" },
            ],
            Decodings = [new(Decoding, "each as it was taught")],
            Evaluations =
            [
                Evaluation("path start", Decoding, [5, 18, 49, 68], 0.8, null, null),
                Evaluation("set start", Decoding, [32, 68, 93, 97], 0.8, null, [27, 50, 44, 29]) with { Control = "path start" },
                Evaluation("grpo", Decoding, [6, 20, 50, 69], 0.8, [1.2, 2, 1, 1], null),
                Evaluation("frontier-soft", Decoding, [33, 69, 93, 97], 0.8, [1.3, 1, 0, 0], null) with
                {
                    ToControl = difference,
                },
            ],
            Matched = [],
        };
    }

    public static IReadOnlyList<MetricsEntry> Curve(int steps, double from, double to, double high, double low, bool soft)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(1, steps).Select(step =>
        {
            var t = 1 - Math.Exp(-3.0 * step / steps);
            var metrics = new OrderedDictionary<string, double>
            {
                ["reward"] = from + (to - from) * t + Noise(0.03),
                ["reward_std"] = 0.4 - 0.1 * t + Noise(0.02),
                ["entropy"] = high + (low - high) * t + Noise(0.01),
                ["grad_norm"] = 0.4 + Noise(0.05),
                ["learning_rate"] = 1e-4 * Math.Min(1, step / 10.0),
                ["completions/mean_length"] = 14 + Noise(0.05),
                ["completions/max_length"] = 14,
                ["clip_ratio/low_mean"] = 0,
                ["clip_ratio/high_mean"] = 0,
                ["kl"] = 0.1 * t + Noise(0.004),
                ["perf/rollout_tokens_per_second"] = 90_000 + Noise(4000),
                ["timing/rollout"] = 0.025 + Noise(0.001),
                ["timing/update"] = 0.11 + Noise(0.004),
            };
            if (soft) metrics["soft/top1_weight"] = 0.93 + 0.03 * t + Noise(0.005);
            return new MetricsEntry(step, 0.14 * step, metrics);
        })];

        double Noise(double scale) => Math.Round(scale * (random.NextDouble() + random.NextDouble() - 1), 4);
    }

    public static RolloutRecord Rollout(bool soft) => new()
    {
        Step = 300,
        ProblemId = "countdown-3/17",
        Prompt = "3 7 4 = 25 <think>",
        Completion = "3 * 7 21 + 4 > 3 * 7 + 4",
        Score = 1,
        Verdict = "right",
        Thoughts = !soft ? null :
        [
            new([new("3", 0.83), new("7", 0.17)]), new([new("*", 1)]), new([new("7", 0.94), new("4", 0.06)]),
            new([new("21", 0.71), new("20", 0.14), new("22", 0.11), new("28", 0.04)]), new([new("+", 0.6), new("-", 0.4)]),
            new([new("4", 0.99), new("7", 0.01)]), ThoughtStep.Of(">"), ThoughtStep.Of("3"), ThoughtStep.Of("*"),
                ThoughtStep.Of("7"),
            ThoughtStep.Of("+"), ThoughtStep.Of("4"),
        ],
    };

    private static QuickstartArm Arm(string name, string description, string own, int steps, double from, double to,
        double high, double low, bool soft) => new()
    {
        Name = name,
        Description = description,
        OwnDecoding = own,
        Curve = Curve(steps, from, to, high, low, soft),
        Samples = [Rollout(soft)],
        Seconds = 42,
    };

    private static QuickstartEvaluation Evaluation(string model, string decoding, double[] pass, double entropy,
        double[]? warm, double[]? control)
    {
        int[] ks = [1, 4, 16, 32];
        return new()
        {
            Model = model,
            Decoding = decoding,
            PassAtK = [.. ks.Select((k, i) => new PassAt(k, Interval(pass[i], 1.8 - 0.3 * i)))],
            FirstThoughtEntropy = entropy,
            ToWarmStart = [.. (warm ?? []).Select((d, i) => new PassDifference(ks[i], Interval(d, 1.1)))],
            ToControl = [.. (control ?? []).Select((d, i) => new PassDifference(ks[i], Interval(d, 0.8)))],
        };
    }

    private static Estimate Interval(double percent, double half) =>
        new Estimate(percent, percent - half, percent + half).Times(0.01);

    private static PassAt Guess(int k, double percent) => new(k, Estimate.Exact(percent / 100));
}
