using System.Text.Json;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>The decoder against transformers: forward, gradients and updates, in double and in single precision.</summary>
public class DecoderGoldenTests
{
    public static TheoryData<string, ScalarType> Checkpoints
    {
        get
        {
            var data = new TheoryData<string, ScalarType>();
            foreach (var name in GoldenModel.Checkpoints)
                foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 }) data.Add(name, type);
            return data;
        }
    }

    public static TheoryData<string> Names => [.. GoldenModel.Checkpoints];

    public static TheoryData<string> Ggufs => [.. GoldenModel.Ggufs];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_and_entropies_are_those_of_transformers(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var logits = GoldenModel.Logits(model, model.Embed(Ids(golden.Rows)));
        Table.Near(golden.Tolerance(type), golden.Numbers("forward.logits"), logits, "logits");
        var logP = logits.narrow(1, 0, logits.shape[1] - 1).log_softmax(-1);
        Table.Near(golden.Tolerance(type), golden.Numbers("forward.entropy"), logP.exp().mul(logP).sum(-1).neg(), "entropy");
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Replayed_tokens_have_the_log_probabilities_of_transformers(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(type);
        using var batch = Some.Forced(golden.Rows);
        using var off = no_grad();
        using var logP = Replay.LogDensities(model, batch);
        Table.Near(golden.Tolerance(type), golden.Numbers("forward.next_token_log_prob"), logP, "log-probabilities");
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Mixtures_at_every_position_give_the_logits_of_transformers(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(type);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var logits = GoldenModel.Logits(model, Mixed(golden, model));
        Table.Near(golden.Tolerance(type, "soft_inputs.logits"), golden.Numbers("soft_inputs.logits"), logits, "logits");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Half_precision_stays_within_twice_the_deviation_of_transformers(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var logits = Some.Host(GoldenModel.Logits(model, model.Embed(Ids(golden.Rows))));
        var rms = Math.Sqrt(logits.Zip(golden.Numbers("forward.logits"), (a, b) => (a - b) * (a - b)).Average());
        var theirs = golden.Cases.GetProperty("forward").GetProperty("bfloat16_deviation").Number("rms");
        Table.Near(2 * theirs, [0], [rms], "root mean square");
    }

    [Theory]
    [MemberData(nameof(Ggufs))]
    public void Models_read_from_GGUF_have_the_logits_of_transformers(string name)
    {
        using var golden = new GoldenModel(name);
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            using var model = golden.Load(type);
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var logits = GoldenModel.Logits(model, model.Embed(golden.Ids("ids")));
            Table.Near(golden.Tolerance(type, "logits"), golden.Numbers("logits"), logits, $"{type}");
        }
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Gradients_of_the_token_loss_are_those_of_transformers(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(type);
        using var batch = Some.Forced(golden.Rows);
        using var loss = Replay.LogDensities(model, batch, attachInputs: true).mean().neg();
        loss.backward();
        var expected = golden.Cases.GetProperty("gradients");
        Table.Near(golden.Tolerance(type), [expected.Number("loss")], loss, "loss");
        CheckNorms(model, expected, type);
        foreach (var stored in golden.Names.Where(n => n.StartsWith("gradients.", StringComparison.Ordinal)))
        {
            var truth = golden.Numbers(stored);
            Table.Near(Relative(type) * truth.Max(Math.Abs), truth, model.Gradient(stored["gradients.".Length..])!, stored);
        }
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Gradients_of_the_mixture_loss_are_those_of_transformers_detached_or_attached(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        foreach (var attached in new[] { false, true })
        {
            using var model = golden.Load(type);
            using var scope = NewDisposeScope();
            var inputs = Mixed(golden, model);
            var logP = GoldenModel.Logits(model, attached ? inputs : inputs.detach())[0].log_softmax(-1); // (T, V)
            Tensor ids = golden.Ids("soft_inputs.ids"), weights = golden.Array("soft_inputs.weights");
            var next = ids.shape[0] - 1;
            var wanted = logP.narrow(0, 0, next).gather(1, ids.narrow(0, 1, next));
            var loss = wanted.mul(weights.narrow(0, 1, next).to(type)).sum(1).mean().neg();
            loss.backward();
            var expected = golden.Cases.GetProperty("gradients").GetProperty(attached ? "soft_attached" : "soft_detached");
            Table.Near(golden.Tolerance(type), [expected.Number("loss")], loss, "loss");
            CheckNorms(model, expected, type);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_supervised_loss_of_a_lesson_of_mixtures_is_that_of_transformers(string name)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load();
        var rows = golden.Mixtures();
        var thoughts = Enumerable.Repeat(true, rows.Length - 1).ToArray();
        var lesson = new Lesson(Some.Prompt("p") with { Rows = rows[..1] }, rows[1..], rows[1..], thoughts);
        using var loss = new SupervisedTrainer(model, new SupervisedOptions()).Loss([lesson]);
        loss.backward();
        var expected = golden.Cases.GetProperty("gradients").GetProperty("soft_attached");
        Table.Near(1e-4, [expected.Number("loss")], loss, "loss");
        CheckNorms(model, expected, ScalarType.Float32);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Four_updates_go_where_those_of_PyTorch_go(string name, ScalarType type)
    {
        using var golden = new GoldenModel(name);
        using var model = golden.Load(type);
        var settings = golden.Cases.GetProperty("adamw");
        var betas = settings.Numbers("betas");
        var (epsilon, decay) = (settings.Number("eps"), settings.Number("weight_decay"));
        using var optimizer = new FusedAdamW(model.Parameters, betas[0], betas[1], epsilon, decay);
        var rate = new LearningRate(settings.Number("learning_rate"), 0, 4, Schedule.Constant);
        var update = new Update(model.Parameters, optimizer, rate, settings.Number("clip_norm"));
        using var batch = Some.Forced(golden.Rows);
        foreach (var step in settings.GetProperty("steps").EnumerateArray())
        {
            using var loss = Replay.LogDensities(model, batch, attachInputs: true).mean().neg();
            loss.backward();
            Table.Near(golden.Tolerance(type), [step.Number("loss")], loss, "loss");
            var norm = step.Number("norm_before_clipping");
            Table.Near(Relative(type) * norm, [norm], [update.Apply().GradientNorm], "gradient norm");
        }
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var logits = GoldenModel.Logits(model, model.Embed(Ids(golden.Rows[..1])))[0][-1];
        // Adam divides small gradients by their own size, so that their rounding counts in full: thrice the tolerance in single.
        var tolerance = golden.Tolerance(type, "adamw.logits_after") * (type == ScalarType.Float32 ? 3 : 1);
        Table.Near(tolerance, golden.Numbers("adamw.logits_after"), logits, "logits after");
    }

    private static double Relative(ScalarType type) => type == ScalarType.Float64 ? 1e-9 : 1e-4;

    private static void CheckNorms(Decoder model, JsonElement expected, ScalarType type)
    {
        foreach (var norm in expected.GetProperty("norms").EnumerateObject())
        {
            using var scope = NewDisposeScope();
            var truth = norm.Value.GetDouble();
            // A parameter that the loss does not reach has no gradient at all.
            var actual = model.Gradient(norm.Name) is { } gradient ? Some.Host(gradient.to(ScalarType.Float64).norm())[0] : 0;
            Table.Near(Relative(type) * truth, [truth], [actual], norm.Name);
        }
    }

    private static Tensor Ids(int[][] rows) =>
        tensor(rows.SelectMany(r => r).Select(id => (long)id).ToArray(), [rows.Length, rows[0].Length]);

    private static Tensor Mixed(GoldenModel golden, Decoder model) =>
        model.Embed(golden.Ids("soft_inputs.ids").unsqueeze(0), golden.Array("soft_inputs.weights").unsqueeze(0)); // (1, T, D)
}
