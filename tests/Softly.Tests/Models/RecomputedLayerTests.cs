using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models;

/// <summary>Layers computed again in backward: the same numbers to the bit, in less memory, and nothing left behind.</summary>
public class RecomputedLayerTests
{
    public static TheoryData<ScalarType, bool, bool> Cases()
    {
        var cases = new TheoryData<ScalarType, bool, bool>();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16 })
            foreach (var share in new[] { false, true })
                foreach (var attach in new[] { false, true })
                    cases.Add(type, share, attach);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_densities_and_gradients_are_the_same_to_the_bit(ScalarType type, bool share, bool attachInputs)
    {
        using var model = Some.Model(type: type);
        using var batch = Batch(model, share);
        Assert.Equal(share, batch.Segments is not null);
        var kept = Play(model, batch, attachInputs, recomputes: false);
        var again = Play(model, batch, attachInputs, recomputes: true);
        Assert.Contains(kept.Gradients, g => g != 0);
        Assert.Equal(kept.Densities, again.Densities);
        Assert.Equal(kept.Gradients, again.Gradients);
    }

    [Fact]
    public void So_they_are_with_norms_of_queries_and_keys_and_without_biases()
    {
        using var model = new Decoder(new DecoderConfig
        {
            VocabularySize = 23, HiddenSize = 24, IntermediateSize = 40, Layers = 3, Heads = 4, KeyValueHeads = 2, HeadSize = 8,
            MaxPositions = 64, QkNorm = true, TiedHead = false, EndTokens = [Some.EndToken],
        });
        model.Initialize(seed: 5, 0.25);
        using var batch = Batch(model, share: true);
        var kept = Play(model, batch, false, recomputes: false);
        Assert.Equal(kept.Gradients, Play(model, batch, false, recomputes: true).Gradients);
    }

    [Fact]
    public void Gradients_add_up_over_micro_batches_as_ever()
    {
        using var model = Some.Model();
        using var batch = Batch(model, share: false);
        var kept = Play(model, batch, false, recomputes: false, passes: 3);
        var again = Play(model, batch, false, recomputes: true, passes: 3);
        Assert.Equal(kept.Gradients, again.Gradients);
    }

    [Fact]
    public void A_frozen_parameter_gets_no_gradient_and_the_others_get_theirs()
    {
        using var model = Some.Model();
        using var batch = Batch(model, share: false);
        var frozen = model.Parameters.Where((_, i) => i % 2 == 1).ToList();
        foreach (var parameter in frozen) parameter.requires_grad = false;
        var kept = Play(model, batch, false, recomputes: false);
        var again = Play(model, batch, false, recomputes: true);
        Assert.All(frozen, p => Assert.Null(p.grad));
        Assert.NotEmpty(kept.Gradients);
        Assert.Equal(kept.Gradients, again.Gradients);
    }

    /// <summary>The layer that is computed again must drop what it dropped before.</summary>
    [Theory]
    [InlineData("all-linear", 0.3)]
    [InlineData("q_proj,v_proj", 0)]
    [InlineData("down_proj", 0.1)]
    public void An_adapter_gets_the_same_gradients(string targets, double dropout)
    {
        using var model = Some.Model();
        using var batch = Batch(model, share: true);
        var adapter = new LoraAdapter(
            model.Config, new LoraOptions { Rank = 3, Dropout = dropout, Targets = targets.Split(',') }, model.Type, CPU);
        adapter.Initialize(seed: 2);
        using (no_grad())
            foreach (var (name, tensor) in adapter.Named)
                if (name.EndsWith("lora_B.weight", StringComparison.Ordinal)) tensor.copy_(ones_like(tensor));
        model.Attach(adapter);
        using var dropping = adapter.Drop(7);
        var kept = Play(model, batch, false, recomputes: false);
        var again = Play(model, batch, false, recomputes: true);
        Assert.Equal(adapter.ParameterCount, kept.Gradients.Length);
        Assert.Contains(kept.Gradients, g => g != 0);
        Assert.Equal(kept.Gradients, again.Gradients);
    }

    [Fact]
    public void Worker_threads_do_not_disturb_each_other()
    {
        var gradients = new double[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            set_num_threads(1);
            using var model = Some.Model(seed: 1);
            using var batch = Batch(model, share: i % 2 == 0);
            for (var n = 0; n < 5; n++) gradients[i] = Play(model, batch, true, recomputes: true).Gradients;
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Equal(gradients[0], gradients[2]);
        Assert.Equal(gradients[1], gradients[3]);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var model = Some.Model();
        model.Recomputes = true;
        using var batch = Batch(model, share: true);
        Backward(model, batch);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var n = 0; n < 20; n++) Backward(model, batch);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_pass_without_gradients_is_as_ever()
    {
        using var model = Some.Model();
        using var batch = Batch(model, share: false);
        using var off = no_grad();
        var before = Some.Host(Replay.LogDensities(model, batch));
        model.Recomputes = true;
        Assert.Equal(before, Some.Host(Replay.LogDensities(model, batch)));
    }

    /// <summary>What stands in memory between forward and backward.</summary>
    [Fact]
    [Trait("Weight", "Story")]
    public void Inputs_are_all_that_is_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read as Linux counts it");
        using var model = new Decoder(new DecoderConfig
        {
            VocabularySize = 64, HiddenSize = 128, IntermediateSize = 384, Layers = 12, Heads = 4, KeyValueHeads = 4,
            HeadSize = 32, MaxPositions = 512,
        });
        model.Initialize(seed: 1);
        using var inputs = randn(8, 512, 128);
        using (var warm = model.Forward(inputs)) warm.sum().backward();
        var kept = Grows(recomputes: false);
        var again = Grows(recomputes: true);
        const long state = 8L * 512 * 128 * 4; // bytes of one (B, T, D)
        Assert.InRange(kept, 12 * 12 * state, 12 * 40 * state);
        Assert.InRange(again, 0, 12 * 4 * state);

        long Grows(bool recomputes)
        {
            model.Recomputes = recomputes;
            ResidentMemory.Trim(); // else it would be made of what earlier tests have freed
            using var scope = NewDisposeScope();
            var before = Environment.WorkingSet;
            var hidden = model.Forward(inputs);
            Assert.True(hidden.requires_grad);
            ResidentMemory.Trim();
            return Environment.WorkingSet - before;
        }
    }

    private static RolloutBatch Batch(Decoder model, bool share)
    {
        using var decoder = Some.Engine("torch", model);
        return Some.Batch(
            Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, Some.Soft(new GumbelSoftmax(0.5)), seed: 3),
            sharePrompts: share);
    }

    private static void Backward(Decoder model, RolloutBatch batch)
    {
        using var scope = NewDisposeScope();
        var densities = Replay.LogDensities(model, batch);
        densities.mul(batch.Advantages.to(densities.dtype)).sum().backward();
    }

    private static (double[] Densities, double[] Gradients) Play(
        Decoder model, RolloutBatch batch, bool attachInputs, bool recomputes, int passes = 1)
    {
        using var scope = NewDisposeScope();
        model.Recomputes = recomputes;
        foreach (var p in model.Parameters) p.grad?.zero_();
        double[] densities = [];
        for (var n = 0; n < passes; n++)
        {
            var logP = Replay.LogDensities(model, batch, attachInputs);
            logP.mul(batch.Advantages.to(logP.dtype)).sum().backward();
            densities = Some.Host(logP);
        }
        return (densities, [.. model.Parameters.Where(p => p.grad is not null).SelectMany(p => Some.Host(p.grad!))]);
    }
}
