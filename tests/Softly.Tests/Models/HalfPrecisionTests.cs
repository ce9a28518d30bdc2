using Softly.Generation;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>What eight bits of mantissa do, and what they must not do: double precision is the truth.</summary>
public class HalfPrecisionTests
{
    public static TheoryData<string> Names => [.. GoldenModel.Checkpoints];

    /// <summary>Position by position, against a cache, by a copy of single-precision masters.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_copy_in_half_precision_decodes_within_twice_the_deviation_of_transformers(string name)
    {
        using var golden = new GoldenModel(name);
        using var masters = golden.Load();
        using var decoder = new CopiedDecoder(masters, ScalarType.BFloat16, m => new TorchDecoder(m));
        using var scope = NewDisposeScope();
        var rows = golden.Rows;
        var prompts = rows.Select(r => new[] { MixtureRow.Token(r[0]) });
        var logits = new List<Tensor> { decoder.Add([.. prompts], 1, rows[0].Length) };
        for (var t = 1; t < rows[0].Length; t++)
            logits.Add(decoder.Step(tensor(rows.Select(r => (long)r[t]).ToArray(), [rows.Length, 1]), ones(rows.Length, 1)));
        var all = Some.Host(stack(logits, 1)); // (B, T, V)
        var rms = Math.Sqrt(all.Zip(golden.Numbers("forward.logits"), (a, b) => (a - b) * (a - b)).Average());
        var theirs = golden.Cases.GetProperty("forward").GetProperty("bfloat16_deviation").Number("rms");
        Assert.InRange(rms, theirs / 100, 2 * theirs);
        Assert.Equal(ScalarType.Float32, masters.Type);
    }

    /// <summary>Masters take up steps far below the resolution of half precision; the copy is renewed from them.</summary>
    [Fact]
    public void Steps_too_small_for_half_precision_add_up_in_the_masters()
    {
        using var masters = Some.Model();
        using var copy = new Decoder(masters.Config, ScalarType.BFloat16);
        var before = Some.Host(masters.Embedding);
        using (no_grad())
        {
            using var step = full_like(masters.Embedding, 1e-5f);
            for (var i = 0; i < 400; i++)
            {
                masters.Embedding.add_(step, 1.ToScalar());
                copy.CopyFrom(masters);
                if (i == 0) Assert.InRange(Moved(copy), 0, 0.1); // nearly all numbers round to where they were
            }
        }
        Assert.InRange(Moved(masters), 0.99, 1.0);
        Assert.InRange(Moved(copy), 0.5, 1.0);

        double Moved(Decoder model)
        {
            using var was = tensor(before, [.. model.Embedding.shape]).to(model.Type);
            return Some.Host(model.Embedding.ne(was).to(ScalarType.Float64)).Average();
        }
    }

    /// <summary>
    /// The update's gradient from rollouts of a half-precision copy: the same record scored by single-precision masters and in
    /// double precision.
    /// </summary>
    [Fact]
    public void The_masters_gradient_is_that_of_double_precision_whatever_drew_the_rollouts()
    {
        using var exact = Some.Model(type: ScalarType.Float64);
        using var masters = new Decoder(exact.Config);
        masters.CopyFrom(exact);
        using var decoder = new CopiedDecoder(masters, ScalarType.BFloat16, m => new TorchDecoder(m));
        var groups = Some.GeneratorFor(masters, decoder).Generate(Some.Prompts, 4, Some.Soft(new GumbelWinner()), seed: 3);
        using var batch = Some.Batch(groups);
        foreach (var model in new[] { exact, masters })
        {
            using var loss = Replay.LogDensities(model, batch).mean().neg();
            loss.backward();
        }
        foreach (var (own, truth) in masters.Parameters.Zip(exact.Parameters))
        {
            var expected = Some.Host(truth.grad!);
            Table.Near(1e-5 * (1 + expected.Max(Math.Abs)), expected, own.grad!, "gradient");
        }
    }

    /// <summary>Over a frozen half-precision model an adapter's own numbers stay single.</summary>
    [Theory]
    [InlineData("qwen2_tied_qv")]
    [InlineData("llama_rope3_tied_all")]
    [InlineData("qwen3_tied_some_layers")]
    public void An_adapter_over_a_half_precision_model_gets_nearly_the_gradient_of_double_precision(string name)
    {
        var folder = Reference.Require("golden", "models", "adapters", name);
        var cases = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json"))).RootElement;
        var gradients = new[] { ScalarType.Float64, ScalarType.BFloat16 }.Select(type =>
        {
            using var model = PretrainedModel.Load(Reference.Require("golden", "models", cases.Text("base")), type);
            PretrainedAdapter.Attach(model, folder);
            Assert.Equal(type == ScalarType.Float64 ? type : ScalarType.Float32, model.Adapter!.Parameters[0].dtype);
            using var batch = Some.Forced(cases.Rows("ids").Select(r => r.Select(id => (int)id).ToArray()));
            using var loss = Replay.LogDensities(model, batch).mean().neg();
            loss.backward();
            return model.Parameters.SelectMany(p => Some.Host(p.grad!)).ToArray();
        }).ToArray();
        double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
        var (exact, half) = (gradients[0], gradients[1]);
        var cosine = Dot(exact, half) / Math.Sqrt(Dot(exact, exact) * Dot(half, half));
        TestContext.Current.TestOutputHelper?.WriteLine($"cosine {cosine}");
        Assert.InRange(cosine, 0.99, 1);
    }

    /// <summary>
    /// A temperature is not rounded to eight bits, in which 1 / 0.6 is 1.664: where replay's logits were scaled otherwise than the
    /// rollout's, the gap between the two would grow with the log-probability.
    /// </summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.6)]
    public void A_temperature_scores_as_it_draws(double temperature)
    {
        using var model = new Decoder(Some.Model().Config, ScalarType.BFloat16);
        model.Initialize(1, 0.5); // steep
        using var engine = new TorchDecoder(model);
        var sampling = new SamplingOptions { MaxNewTokens = 12, Answer = new SupportFilter { Temperature = temperature } };
        var groups = Some.GeneratorFor(model, engine).Generate(Some.Prompts, 400, sampling, seed: 3);
        using var batch = Some.Batch(groups);
        using var off = no_grad();
        using var replayed = Replay.LogDensities(model, batch);
        var (drawn, scored) = (Some.Host(batch.Recorded), Some.Host(replayed));
        var mean = drawn.Average();
        var slope = drawn.Zip(scored, (d, s) => (d - s) * (d - mean)).Sum() / drawn.Sum(d => (d - mean) * (d - mean));
        TestContext.Current.TestOutputHelper?.WriteLine($"slope {slope:G3}");
        Assert.InRange(slope, -7e-4, 7e-4); // 1.664 for 1.667 moves it by 1.4e-3
    }
}
