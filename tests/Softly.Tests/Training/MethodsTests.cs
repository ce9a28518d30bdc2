using Softly.Algorithms;
using Softly.Models;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Training;

/// <summary>Every method that a recipe can name, by its name alone.</summary>
public class MethodsTests
{
    public static TheoryData<string> Names => [.. Methods.Names];

    /// <summary>
    /// One thought, a token that a rule puts in, one answer: the answer can be learned under every law and every loss, with old
    /// rollouts in every second update.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_lucky_word_behind_a_thought_is_learned(string name)
    {
        var steps = Learn(name, 40, model => Some.Engine("simd", model), ScalarType.Float32);
        var rewards = steps.Select(m => m["reward"]).ToArray();
        // Three lucky words of 23 at the start; a method that filters its groups sees more of them.
        Assert.True(rewards.Take(3).Average() < 0.45, $"starts at {rewards.Take(3).Average()}");
        Assert.True(rewards.TakeLast(5).Average() > 0.6, $"ends at {rewards.TakeLast(5).Average()}");
        Assert.All(steps, m => Assert.Equal(0, m["skipped_updates"]));
        if (Methods.Get(name).Algorithm().Law is not null) Assert.All(steps, m => Assert.InRange(m["soft/ess"], 0.01, 1 + 1e-6));
        // Rollouts of the engine, scored by the trainer before its first update: the same numbers.
        Assert.All(steps, m => Assert.InRange(m["sampling/sampling_logp_difference/mean"], 0, 1e-5 * Scale(steps)));
    }

    /// <summary>A copy of eight bits of mantissa draws, another is the reference; the masters learn as before.</summary>
    [Theory]
    [Trait("Weight", "Story")]
    [MemberData(nameof(Names))]
    public void It_is_learned_as_well_from_rollouts_in_half_precision(string name)
    {
        var steps = Learn(
            name, 30, model => new CopiedDecoder(model, ScalarType.BFloat16, m => new TorchDecoder(m)), ScalarType.BFloat16);
        var rewards = steps.Select(m => m["reward"]).ToArray();
        Assert.True(rewards.TakeLast(5).Average() > rewards.Take(3).Average() + 0.15, string.Join(' ', rewards));
        Assert.All(steps, m => Assert.Equal(0, m["skipped_updates"]));
        // Rounding of the rollout's weights shows, and stays what it is. The published law's density jumps where rounding takes a
        // component over the mask's border: over eight seeds the largest mean is from 0.003 to 0.034, however steps are drawn.
        var most = name == "soft-grpo-reference" ? 0.06 : 0.02;
        Assert.All(steps, m => Assert.InRange(m["sampling/sampling_logp_difference/mean"], 1e-7, most * Scale(steps)));
    }

    private static double Scale(IEnumerable<IReadOnlyDictionary<string, double>> steps) =>
        Math.Max(1, steps.Max(m => Math.Abs(m.GetValueOrDefault("soft/log_density_per_step"))) / 10);

    private static IReadOnlyDictionary<string, double>[] Learn(
        string name, int count, Func<Decoder, IDecoder> decoding, ScalarType referenceType)
    {
        var method = Methods.Get(name);
        var algorithm = method.Algorithm();
        using var model = Some.Model(deviation: 0.1);
        using var reference = new Decoder(model.Config, referenceType);
        reference.CopyFrom(model);
        using var engine = decoding(model);
        var task = new LuckyWord(["6", "7", "11"], last: true);
        var options = new TrainingOptions
        {
            Steps = 40, PromptsPerStep = 8, GroupSize = 8, Iterations = 2, LearningRate = 5e-3, Schedule = Schedule.Constant,
            GenerationBatches = method.DynamicSampling ? 4 : 1,
            Sampling = algorithm.Law is null
                ? new SamplingOptions { MaxNewTokens = 1 }
                : Some.Soft(algorithm.Law, topK: 8, topP: 1, length: 3) with { ThinkLength = 1 },
        };
        using var trainer = new Trainer(
            model, reference, engine, Some.GeneratorFor(model, engine), algorithm, task, task.Problems(Split.Train, 20, 1),
            LuckyWord.Render, options);
        return [.. Enumerable.Range(0, count).Select(_ => trainer.Step().Metrics)];
    }

    [Fact]
    public void Every_method_has_its_page_and_says_what_it_is()
    {
        Assert.All(Methods.Names, name =>
        {
            Assert.NotEmpty(Methods.Get(name).Description);
            Assert.True(File.Exists(Path.Combine(Reference.Repository, "docs", "algorithms", name + ".md")), name);
        });
    }
}
