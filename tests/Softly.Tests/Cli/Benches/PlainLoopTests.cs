using Softly.Cli.Benches;
using Softly.Models;
using Softly.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Cli.Benches;

/// <summary>The loop that ours is told beside computes the same model: else its speed would say nothing.</summary>
public class PlainLoopTests
{
    [Fact]
    public void It_gives_the_models_logits_step_by_step()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var model = new Decoder(Shape.Micro.Config);
        model.Initialize(3, 0.2);
        using var loop = new PlainLoop(model);
        var ids = randint(0, Shape.Micro.Config.VocabularySize, [3, 9], ScalarType.Int64); // (B, T)
        var all = nn.functional.linear(model.Forward(model.Embed(ids)), model.Head);       // (B, T, V)
        Near(all.select(1, 5), loop.Start(ids.narrow(1, 0, 6), 3));
        for (var t = 6; t < 9; t++) Near(all.select(1, t), loop.Step(ids.narrow(1, t, 1), ones(3, 1)));
    }

    [Fact]
    public void A_mixture_feeds_the_weighted_embedding()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var model = new Decoder(Shape.Micro.Config);
        model.Initialize(3, 0.2);
        using var loop = new PlainLoop(model);
        using var engine = new TorchDecoder(model);
        using var one = loop.Start(tensor([5L, 6L, 7L], [1, 3]), 1);
        Tensor ids = tensor([4L, 9L], [1, 2]), weights = tensor([0.75f, 0.25f], [1, 2]);
        var mixed = model.Embed(ids.unsqueeze(1), weights.unsqueeze(1)); // (1, 1, D)
        var inputs = cat([model.Embed(tensor([5L, 6L, 7L], [1, 3])), mixed], 1);
        Near(nn.functional.linear(model.Forward(inputs), model.Head).select(1, 3), loop.Step(ids, weights));
    }

    [Fact]
    public void Mixtures_keep_the_least_that_has_the_share_and_sum_to_one()
    {
        using var scope = NewDisposeScope();
        using Scalar topP = 0.9.ToScalar(), low = 0.1.ToScalar();
        var logits = tensor([0.6f, 0.35f, 0.04f, 0.01f], [1, 4]).log().expand(50, 4); // two of them have 95 %
        var (ids, weights) = PlainLoop.Mixture(logits, 3, topP, low);
        Assert.Equal([50, 3], weights.shape);
        Assert.All(weights.select(1, 2).data<float>().ToArray(), w => Assert.Equal(0, w));
        Assert.All(weights.sum(1).data<float>().ToArray(), w => Assert.Equal(1, w, 1e-5));
        Assert.Equal(2, ids.select(1, 2).data<long>()[0]);
    }

    [Fact]
    public void Random_prompts_have_exactly_their_words_and_rewards_spread()
    {
        var task = new RandomTask(words: 30, promptTokens: 12, seed: 5);
        var problems = task.Problems(Split.Train, 4, 0);
        Assert.All(problems, p => Assert.Equal(12, p.Prompt.Split(' ').Length));
        Assert.Equal(4, problems.Select(p => p.Prompt).Distinct().Count());
        var scores = new[] { "w1", "w2", "w1" }.Select(w => task.Grade(problems[0], w).Score).ToList();
        Assert.NotEqual(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);
        Assert.All(scores, s => Assert.InRange(s, 0, 1));
    }

    private static void Near(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange((expected - found).abs().max().item<float>(), 0, 1e-4f);
    }
}
