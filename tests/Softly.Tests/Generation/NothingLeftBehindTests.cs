using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tests.Models.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>Whoever calls the library without a dispose scope owns what is returned; nothing else is left of the call.</summary>
public sealed class NothingLeftBehindTests : IDisposable
{
    private readonly Decoder _model = Some.Model();
    private readonly IReadOnlyList<RolloutGroup> _groups;
    private readonly RolloutBatch _batch;

    public NothingLeftBehindTests()
    {
        using var decoder = new TorchDecoder(_model);
        _groups = Some.GeneratorFor(_model, decoder).Generate(Some.Prompts, 4, Some.Soft(new GumbelSoftmax()), seed: 3);
        _batch = Some.Batch(_groups);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _model.Dispose();
    }

    private static void Leaves(int count, Func<Tensor?> call) => Leaves(count, (Action)(() => call()));

    private static void Leaves(int count, Action call)
    {
        call(); // what is made once and kept
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        call();
        Assert.Equal(before + count, Tensor.TotalCount);
    }

    [Fact]
    public void Forward_and_replay_leave_their_result()
    {
        Leaves(1, () => _model.Embed(_batch.Ids, _batch.Weights));
        using var tokens = _batch.Ids.select(2, 0);
        Leaves(1, () => _model.Embed(tokens));
        using var inputs = _model.Embed(_batch.Ids, _batch.Weights);
        Leaves(1, () => _model.Forward(inputs));
        using (no_grad()) Leaves(1, () => _model.Forward(inputs));
        Leaves(1, () => Replay.LogDensities(_model, _batch));
        Leaves(0, () => RolloutBatch.Collate([.. _groups[0].Rollouts.Select(r => (_groups[0].Prompt, r, 1.0))], CPU).Dispose());
    }

    /// <summary>TorchSharp leaves what passes through an own gradient function to the scope.</summary>
    [Fact]
    public void A_backward_pass_in_a_scope_leaves_nothing()
    {
        using var densities = Replay.LogDensities(_model, _batch);
        _batch.Reference = densities.detach();
        Leaves(0, () =>
        {
            using var scope = NewDisposeScope();
            var now = Replay.LogDensities(_model, _batch);
            new PolicyGradient(new LossOptions { Beta = 0.1, DualClip = 3 })
                .Loss(new StepScores(now), _batch, new UpdateSize(10, 2)).Total.backward();
        });
    }

    [Fact]
    public void An_adapter_leaves_nothing_in_a_pass_a_merge_or_a_draw()
    {
        using var model = Some.Model();
        Some.Attach(model, new LoraOptions { Rank = 2, Dropout = 0.1 });
        using var copy = new Decoder(model.Config, ScalarType.BFloat16);
        Leaves(0, () =>
        {
            using var scope = NewDisposeScope();
            using var dropping = model.Adapter!.Drop(4);
            Replay.LogDensities(model, _batch).mean().backward();
        });
        Leaves(1, () => Replay.LogDensities(model, _batch));
        Leaves(0, () => model.WithoutAdapter().Dispose());
        Leaves(0, () => copy.CopyFrom(model));
        using var decoder = new CopiedDecoder(model, ScalarType.BFloat16, m => new TorchDecoder(m));
        var generator = Some.GeneratorFor(model, decoder);
        Leaves(0, () => generator.Generate(Some.Prompts, 8, Some.Soft(new GumbelSoftmax(), length: 20), seed: 4));
        Leaves(0, decoder.Refresh);
    }

    [Fact]
    public void Laws_and_terms_leave_their_result()
    {
        using var logits = randn(6, 23);
        var filter = new SupportFilter { TopK = 5, TopP = 0.9, Temperature = 0.8 };
        Leaves(3, () => filter.Apply(logits));
        var support = filter.Apply(logits);
        support = support with { Embedding = _model.Embedding, FullLogP = logits.log_softmax(1), Members = arange(6) };
        var laws = StepLaws.Names.Select(n => StepLaws.Make(n, new LawSettings()))
            .Concat(
            [
                new GumbelSoftmax(0.5, 0.7), new GumbelWinner(0.5, 0.7), new GumbelLadder(0.5, [0, 0.7], 0.5),
                new ReducedLaw(new Categorical(), Reduction.Weighted),
            ]);
        foreach (var law in laws)
        {
            using var scope = NewDisposeScope();
            using var numbers = rand(6, law.UniformCount(5, 24), dtype: ScalarType.Float64);
            var record = law.Draw(support, numbers);
            var made = new[] { record.Ids, record.Kept, record.LogP, record.Values }
                .Count(t => !ReferenceEquals(t, support.Ids) && !ReferenceEquals(t, support.Kept) && !ReferenceEquals(t, support.LogP));
            Leaves(made, () => law.Draw(support, numbers));
            if (law.NeedsEmbedding)
                record = record with { Rows = _model.Embedding.detach().index_select(0, record.Ids.reshape(-1)).reshape(6, -1, 24) };
            Leaves(1, () => law.Weights(record));
            Leaves(1, () => law.Winner(record));
            if (law.Vectors(record) is not null) Leaves(1, () => law.Vectors(record));
            if (!law.CanTrain) continue;
            var kept = logits.gather(1, record.Ids);
            Leaves(1, () => law.LogP(kept, record.Kept, 0.7));
            var logP = law.LogP(kept, record.Kept, 0.7);
            Leaves(1, () => law.LogDensity(record, logP));
            if (law.HasDivergence) Leaves(1, () => law.Divergence(record, logP, logP));
            if (law is not SeparableLaw separable) continue;
            Leaves(1, () => separable.Terms(record, logP));
            Leaves(1, () => separable.Counts(record));
        }
        Leaves(1, () => StepLaw.Renormalized(support.LogP, support.Kept, 0.7));
        using var a = randn(6);
        using var b = randn(6);
        Leaves(1, () => KlEstimates.K3(a, b));
        Leaves(1, () => ClippedRatio.Loss(a, b, 0.2, 0.2, 3));
        Leaves(2, () => ClippedRatio.Clipped(a, b, 0.2, 0.2));
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("simd")]
    public void A_decoder_leaves_its_logits_and_a_generator_nothing(string engine)
    {
        using var decoder = Some.Engine(engine, _model);
        var random = new Random(1);
        var prompts = new[] { Feed.Prompt(random, 23, 5), Feed.Prompt(random, 23, 2) };
        using var ids = zeros(2, 3, dtype: ScalarType.Int64);
        using var weights = ones(2, 3);
        Leaves(1, () =>
        {
            decoder.Release();
            return decoder.Add(prompts, 1, 40);
        });
        Leaves(1, () => decoder.Step(ids, weights));
        Leaves(0, () =>
        {
            decoder.Fork(0, 2);
            decoder.Keep([0, 1]);
        });
        var generator = Some.GeneratorFor(_model, decoder);
        var soft = Some.Soft(new GumbelSoftmax(), length: 20) with { StopTexts = ["15"] };
        var vectors = Some.Soft(new GaussianEmbedding(), length: 20) with { ThinkLength = 9, ColdStop = new ColdStop(1) };
        foreach (var sampling in new[] { new SamplingOptions { MaxNewTokens = 20 }, soft, vectors })
            Leaves(0, () => generator.Generate(Some.Prompts, 8, sampling, seed: 4));
    }
}
