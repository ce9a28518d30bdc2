using System.Text.Json;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Models;

/// <summary>A published model of 135 million parameters, from a quantised GGUF file, against transformers.</summary>
public sealed class SmolLm2ModelTests : IClassFixture<SmolLm2ModelTests.Fixture>
{
    private readonly Fixture _smol;

    public SmolLm2ModelTests(Fixture smol)
    {
        _smol = smol;
        Reference.Require("models", "smollm2-135m-instruct");
    }

    /// <summary>The model, read once.</summary>
    public sealed class Fixture : IDisposable
    {
        private readonly Lazy<Decoder> _model = new(() => PretrainedModel.Load(Gguf, positions: 256));

        private readonly Lazy<SafeTensorsFile> _expected =
            new(() => new SafeTensorsFile(Reference.Require("golden", "models", "smollm2", "expected.safetensors")));

        public static string Gguf => Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

        public Decoder Model => _model.Value;

        public JsonElement[] Cases { get; } = Lines("cases");

        public static JsonElement[] Lines(string name) => Directory.Exists(Path.Combine(Reference.Folder, "golden"))
            ? [.. File.ReadLines(Reference.Require("golden", "models", "smollm2", name + ".jsonl"))
                .Select(l => JsonDocument.Parse(l).RootElement)]
            : [];

        public double[] Numbers(string name)
        {
            var numbers = new double[_expected.Value.Entries[name].Elements];
            _expected.Value.ReadDoubles(name, numbers);
            return numbers;
        }

        public long[] Ids(string name)
        {
            var ids = new long[_expected.Value.Entries[name].Elements];
            _expected.Value.ReadLongs(name, ids);
            return ids;
        }

        public void Dispose()
        {
            if (_model.IsValueCreated) _model.Value.Dispose();
            if (_expected.IsValueCreated) _expected.Value.Dispose();
        }
    }

    [Fact]
    public void Every_parameter_has_the_sums_and_the_ends_that_gguf_dequantises()
    {
        var lines = Fixture.Lines("weights");
        Assert.Equal(lines.Select(l => l.Text("name")).Order(), _smol.Model.Named.Keys.Order());
        foreach (var line in lines)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var name = line.Text("name");
            var values = _smol.Model.Named[name].reshape(-1).to(ScalarType.Float64);
            Assert.Equal(line.Ints("shape").Select(n => (long)n), _smol.Model.Named[name].shape);
            Table.Near(0, line.Numbers("first"), values.narrow(0, 0, 6), name);
            Table.Near(0, line.Numbers("last"), values.narrow(0, values.shape[0] - 3, 3), name);
            // Only the order of summation differs: 1e-12 of the sum of squares for both sums.
            var squares = line.Number("sum_of_squares");
            Table.Near(1e-12 * squares, [line.Number("sum"), squares], stack([values.sum(), values.mul(values).sum()]), name);
        }
    }

    [Fact]
    public void Logits_log_probabilities_and_entropies_are_those_of_transformers()
    {
        Assert.NotEmpty(_smol.Cases);
        foreach (var c in _smol.Cases)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var (i, ids) = (c.GetProperty("id").GetInt32(), c.Ints("ids"));
            var logits = Logits(ids); // (T, V)
            Table.Near(1e-4, _smol.Numbers($"{i}.last_logits"), logits[-1], "last logits");
            var (top, at) = logits.topk(10);
            Table.Near(1e-4, _smol.Numbers($"{i}.top_logits"), top, "largest logits");
            Assert.Equal(_smol.Ids($"{i}.top_ids"), at.data<long>().ToArray());
            var logP = logits.log_softmax(-1);
            Table.Near(1e-4, _smol.Numbers($"{i}.entropy"), logP.exp().mul(logP).sum(-1).neg(), "entropies");
            if (ids.Length == 1) continue;
            var next = tensor(ids.Skip(1).Select(t => (long)t).ToArray(), [ids.Length - 1, 1]);
            var ofNext = logP.narrow(0, 0, ids.Length - 1).gather(1, next);
            Table.Near(1e-4, _smol.Numbers($"{i}.next_token_log_prob"), ofNext, "log-probabilities");
        }
    }

    [Fact]
    public void Greedy_continuations_are_those_of_transformers()
    {
        using var decoder = new TorchDecoder(_smol.Model);
        CheckGreedy(decoder);
    }

    [Fact]
    public void The_vector_kernels_continue_as_transformers_does()
    {
        using var decoder = new SimdDecoder(_smol.Model.Config, _smol.Model.Named, workers: 1);
        CheckGreedy(decoder);
    }

    private void CheckGreedy(IDecoder decoder)
    {
        var cases = _smol.Cases.Where(c => c.TryGetProperty("greedy", out _)).ToArray();
        var sampling = new SamplingOptions { Answer = new SupportFilter { TopK = 1 }, MaxNewTokens = 96 };
        var generator = new Generator(decoder, CPU, _smol.Model.Config.VocabularySize, [2], Some.Words);
        var prompts = cases.Select(c => Some.Prompt($"{c.GetProperty("id")}", c.Ints("ids"))).ToArray();
        var groups = generator.Generate(prompts, 1, sampling, seed: 1);
        foreach (var (c, group) in cases.Zip(groups))
            Assert.Equal(c.GetProperty("greedy").Ints("ids"), group.Rollouts[0].Tokens);
    }

    [Fact]
    public void Soft_thinking_takes_the_steps_of_transformers()
    {
        using var decoder = new TorchDecoder(_smol.Model);
        foreach (var c in _smol.Cases.Where(c => c.TryGetProperty("soft_thinking", out _)))
        {
            var thinking = c.GetProperty("soft_thinking");
            var filter = GoldenModel.Filter(thinking);
            var sampling = new SamplingOptions { Law = new SoftThinking(), Thinking = filter, MaxNewTokens = 10 };
            var generator = new Generator(decoder, CPU, _smol.Model.Config.VocabularySize, [], Some.Words);
            var rollout = generator.Generate([Some.Prompt("p", c.Ints("ids"))], 1, sampling, seed: 1)[0].Rollouts[0];

            using var scope = NewDisposeScope();
            decoder.Release();
            var logits = decoder.Add([[.. c.Ints("ids").Select(MixtureRow.Token)]], 1, 10);
            foreach (var (step, t) in thinking.GetProperty("steps").EnumerateArray().Select((s, t) => (s, t)))
            {
                // Fed with the table's mixtures: the logits' tolerance over the temperature, on a weight of at most 1.
                var support = filter.Apply(logits);
                var weights = Some.Host(sampling.Law.Weights(sampling.Law.Draw(support, empty_like(support.LogP))));
                GoldenModel.SameMixture(step, [.. support.Ids.data<long>().Select(id => (int)id)], weights, 2e-4);
                // Fed with its own, differences may double from step to step.
                weights = [.. rollout[t].Slots.Weights.ToArray().Select(w => (double)w)];
                GoldenModel.SameMixture(step, [.. rollout[t].Slots.Ids.ToArray().Select(i => (int)i)], weights, 2e-4 * Math.Pow(2, t));
                var (ids, shares) = (step.Ints("ids"), step.Numbers("weights"));
                logits = decoder.Step(
                    tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Length]),
                    tensor(shares.Select(w => (float)w).ToArray(), [1, ids.Length]));
            }
            Table.Near(1e-4, _smol.Numbers($"{c.GetProperty("id")}.soft_thinking_last_logits"), logits, "last logits");
        }
    }

    private Tensor Logits(int[] ids)
    {
        var inputs = _smol.Model.Embed(tensor(ids.Select(t => (long)t).ToArray(), [1, ids.Length]));
        return nn.functional.linear(_smol.Model.Forward(inputs), _smol.Model.Head)[0];
    }
}
