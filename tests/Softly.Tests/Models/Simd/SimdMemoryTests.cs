using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Models.Simd;

/// <summary>Counts of what the whole process holds, so no other test may run beside these.</summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public class SimdMemoryTests
{
    private const string Alone = "vector kernels, alone";

    private static readonly DecoderConfig Shape = new()
    {
        VocabularySize = 107, HiddenSize = 64, IntermediateSize = 128, Layers = 2, Heads = 2, KeyValueHeads = 2, HeadSize = 32,
    };

    [Fact]
    public void Native_memory_and_tensors_are_given_back()
    {
        using var model = new RandomModel(Shape);
        GC.Collect(); // what tests before this one left to the collector must not go while this one counts
        GC.WaitForPendingFinalizers();
        var (tensors, floats) = (Tensor.TotalCount, NativeFloats.Live);
        for (var i = 0; i < 3; i++)
        {
            using var decoder = new SimdDecoder(Shape, model.Tensors, workers: 2, Lanes.Widest, panels: i > 0);
            Feed.Begin(decoder, [Feed.Prompt(new Random(1), 107, 5)], 60, 4);
            Feed.Next(decoder, Enumerable.Repeat(MixtureRow.Token(3), 60).ToArray());
            Assert.True(NativeFloats.Live > floats);
        }
        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.Equal(floats, NativeFloats.Live);
    }

    [Fact]
    public void A_model_that_is_refused_leaves_nothing_behind()
    {
        using var model = new RandomModel(Shape);
        var floats = NativeFloats.Live;
        model.Tensors.Remove("model.layers.1.mlp.down_proj.weight");
        Assert.Throws<ArgumentException>(() => new SimdDecoder(Shape, model.Tensors, workers: 1));
        Assert.Equal(floats, NativeFloats.Live);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_allocates_no_managed_memory_but_for_its_tensor(bool panels)
    {
        using var model = new RandomModel(Shape);
        using var decoder = new SimdDecoder(Shape, model.Tensors, workers: 2, Lanes.Widest, panels);
        using var ids = ones(600, 4, ScalarType.Int64);
        using var weights = ones(600, 4);
        decoder.Add([Feed.Prompt(new Random(1), 107, 5)], 600, 30).Dispose();
        decoder.Step(ids, weights).Dispose();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < 20; i++) decoder.Step(ids, weights).Dispose();
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / 20;
        // 600 rows a step: a single allocation a row would be 14400 bytes.
        Assert.True(bytes < 2000, $"{bytes} bytes a step");
    }

    [Fact]
    public void A_large_models_keys_and_values_are_given_back_at_a_release_and_made_anew_at_a_start()
    {
        using var model = new RandomModel(Shape);
        using var decoder = new SimdDecoder(Shape, model.Tensors, workers: 2, Lanes.Widest, panels: true);
        var prompt = Feed.Prompt(new Random(1), 107, 5);
        var expected = Feed.Begin(decoder, [prompt], 60, 4)[0];
        var held = NativeFloats.Live;
        decoder.Release();
        // 60 rows of 4 positions, filled up to 32, 2 layers, keys and values of 2 heads of 32; and the prompt's.
        Assert.Equal(61 * 32 * 2 * 2 * 64, held - NativeFloats.Live);
        Assert.Equal(expected, Feed.Begin(decoder, [prompt], 60, 4)[59]);
        Assert.Equal(held, NativeFloats.Live);
    }
}
