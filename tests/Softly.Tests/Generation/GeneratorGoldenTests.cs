using System.Text.Json;
using Softly.Models;
using Softly.Sampling;
using Softly.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Generation;

/// <summary>Decoding against transformers: greedy tokens and noise-free thoughts, with both engines and with none.</summary>
public class GeneratorGoldenTests
{
    public static TheoryData<string, string> Engines
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in GoldenModel.Checkpoints)
                foreach (var engine in new[] { "torch", "simd" }) data.Add(name, engine);
            return data;
        }
    }

    public static TheoryData<string> Names => [.. GoldenModel.Checkpoints];

    [Theory]
    [MemberData(nameof(Engines))]
    public void Top_k_1_gives_the_greedy_continuations_of_transformers(string name, string engine)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using var decoder = Some.Engine(engine, model);
        var cases = golden.Cases.GetProperty("greedy").EnumerateArray().ToArray();
        var sampling = new SamplingOptions { Answer = new SupportFilter { TopK = 1 }, MaxNewTokens = 24 };
        var prompts = cases.Select((c, i) => Some.Prompt($"{i}", c.Ints("prompt"))).ToArray();
        var groups = Generator(model, decoder).Generate(prompts, 1, sampling, seed: 1);
        foreach (var (c, group) in cases.Zip(groups))
        {
            var rollout = group.Rollouts[0];
            Assert.Equal(c.Ints("continuation"), rollout.Tokens);
            // What the rollout says of itself: tokens are certain on their kept sets, entropies those of one forward pass.
            Assert.All(rollout.Steps, s => Assert.Equal(0, s.LogDensity));
            var all = (int[])[.. c.Ints("prompt"), .. rollout.Tokens];
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var ids = tensor(all.Select(i => (long)i).ToArray(), [1, all.Length]);
            var logP = GoldenModel.Logits(model, model.Embed(ids))[0].narrow(0, all.Length - 25, 24).log_softmax(-1);
            var entropies = Some.Host(logP.exp().mul(logP).sum(-1).neg());
            Table.Near(1e-4, entropies, [.. rollout.Steps.Select(s => (double)s.Entropy)], "entropies");
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Thoughts_without_noise_are_the_mixtures_of_transformers(string name, string engine)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        using var decoder = Some.Engine(engine, model);
        foreach (var c in golden.Cases.GetProperty("soft_thinking").EnumerateArray())
        {
            var sampling = new SamplingOptions { Law = new SoftThinking(), Thinking = GoldenModel.Filter(c), MaxNewTokens = 12 };
            var prompt = Some.Prompt("p", c.Ints("prompt"));
            var rollout = Generator(model, decoder).Generate([prompt], 1, sampling, seed: 1)[0].Rollouts[0];
            // A mixture feeds rounding back: on these random models a difference about doubles from step to step.
            foreach (var (step, t) in c.GetProperty("steps").EnumerateArray().Select((s, t) => (s, t)))
            {
                double[] weights = [.. rollout[t].Slots.Weights.ToArray().Select(w => (double)w)];
                GoldenModel.SameMixture(step, [.. rollout[t].Slots.Ids.ToArray().Select(i => (int)i)], weights, 3e-5 * Math.Pow(2, t));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Thoughts_without_noise_agree_in_double_precision_when_every_step_is_a_whole_forward_pass(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(ScalarType.Float64);
        using var off = no_grad();
        var law = new SoftThinking();
        foreach (var (c, r) in golden.Cases.GetProperty("soft_thinking").EnumerateArray().Select((c, r) => (c, r)))
        {
            using var scope = NewDisposeScope();
            var prompt = c.Ints("prompt");
            var inputs = model.Embed(tensor(prompt.Select(i => (long)i).ToArray(), [1, prompt.Length])); // (1, T, D)
            foreach (var step in c.GetProperty("steps").EnumerateArray())
            {
                var support = GoldenModel.Filter(c).Apply(GoldenModel.Logits(model, inputs)[0][-1].unsqueeze(0));
                var weights = law.Weights(law.Draw(support, empty_like(support.LogP)));
                GoldenModel.SameMixture(step, [.. support.Ids.data<long>().Select(i => (int)i)], Some.Host(weights), 1e-9);
                inputs = cat([inputs, model.Embed(support.Ids.unsqueeze(0), weights.unsqueeze(0))], 1);
            }
            var last = golden.Numbers($"soft_thinking.{r}.last_logits");
            Table.Near(1e-9 * last.Max(Math.Abs), last, GoldenModel.Logits(model, inputs)[0][-1], "last logits");
        }
    }

    /// <summary>A generator that nothing stops: the tables go on after ending tokens.</summary>
    private static Generator Generator(Decoder model, IDecoder decoder) =>
        new(decoder, CPU, model.Config.VocabularySize, [], Some.Words);
}
