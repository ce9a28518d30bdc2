using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>Thoughts that are put behind a prompt again.</summary>
public class ThinkingTests
{
    /// <summary>Behind imposed own thoughts every token of the answer has the probability it had in the rollout.</summary>
    [Theory]
    [InlineData("gumbel-softmax", "torch", 5, 0)]
    [InlineData("gumbel-softmax", "simd", 5, 0)]
    [InlineData("gumbel-softmax", "simd", 5, 20)] // answers from stored kept sets
    [InlineData("multiplex", "simd", 3, 0)]
    [InlineData("neighbors", "torch", 4, 0)]
    [InlineData("soft-thinking", "torch", 6, 0)]
    [InlineData("categorical", "simd", 6, 0)]
    [InlineData("none", "torch", 0, 0)]
    [InlineData("none", "simd", 0, 20)]
    public void Own_thoughts_imposed_again_give_the_rollout_s_own_answer(string law, string engine, int thoughts, int topK)
    {
        using var off = no_grad();
        using var model = Some.Model(deviation: 0.18);
        using var decoder = Some.Engine(engine, model);
        var generator = Some.GeneratorFor(model, decoder);
        var sampling = Some.Soft(law == "none" ? new SoftThinking() : StepLaws.Make(law, new LawSettings()), length: 16) with
        {
            ThinkLength = thoughts, Answer = new SupportFilter { TopK = topK },
        };
        if (law == "none") sampling = sampling with { Law = null };
        var (compared, soft) = (0, 0);
        foreach (var group in generator.Generate(Some.Prompts, 8, sampling, seed: 4))
            foreach (var rollout in group.Rollouts)
            {
                if (Thinking.Of(rollout, Some.Words) is not { } thinking) continue;
                Assert.Equal(rollout.Tokens.Take(thinking.Thoughts.Count), thinking.Winners);
                soft += rollout.SoftSteps;
                for (var t = thinking.Length; t < rollout.Length; t++)
                {
                    using var scope = NewDisposeScope();
                    var after = thinking.After(group.Prompt);
                    var said = rollout.Tokens.Skip(thinking.Length).Take(t - thinking.Length).Select(MixtureRow.Token);
                    MixtureRow[] rows = [.. after.Rows, .. said];
                    decoder.Release();
                    var logits = decoder.Add([rows], 1, 1);
                    Assert.Equal(rollout[t].LogDensity, LogP(logits, rollout.Tokens[t], sampling.Answer), 1e-5);
                    compared++;
                }
            }
        decoder.Release();
        Assert.True(compared > 20, $"{compared}");
        Assert.Equal(law != "none", soft > 0);
    }

    private static double LogP(Tensor logits, int token, SupportFilter filter)
    {
        if (filter.KeepsAll) return Some.Host(logits.log_softmax(-1))[token];
        var kept = filter.Apply(logits);
        return Some.Host(kept.LogP)[Array.IndexOf(Some.Host(kept.Ids), token)];
    }

    private static Rollout Written(ThinkEnd end, int length, params int[] tokens)
    {
        var rollout = new Rollout(new SamplingOptions { ThinkEnd = end, MaxNewTokens = length }, 1);
        foreach (var token in tokens) rollout.Add(new Step(StepKind.Hard, token, default, 1, 0, 0, 1));
        return rollout;
    }

    [Fact]
    public void A_mark_of_several_tokens_is_imposed_as_it_was_spelt()
    {
        var end = new ThinkEnd(Text: "7 8");
        var thinking = Thinking.Of(Written(end, 9, 5, 6, 7, 8, 9, 7, 8), Some.Words)!;
        Assert.Equal([5, 6], thinking.Winners);
        // The blank before the mark is said by its first token.
        Assert.Equal([7, 8], thinking.Mark.Select(m => m.Ids[0]));
        Assert.Null(Thinking.Of(Written(end, 9, 5, 6, 7), Some.Words));
        Assert.Null(Thinking.Of(Written(end, 4, 5, 6, 7, 8), Some.Words)); // no room behind it
        var reply = Written(ThinkEnd.Never, 9, 4, 3);
        reply.Text = "4 3";
        Assert.StartsWith("7 8", thinking.TextWith(reply, Some.Words), StringComparison.Ordinal);
        Assert.EndsWith("4 3", thinking.TextWith(reply, Some.Words), StringComparison.Ordinal);
        Assert.DoesNotContain("5", thinking.TextWith(reply, Some.Words));
    }

    [Fact]
    public void Soft_steps_that_spell_a_mark_are_imposed_as_plain_tokens()
    {
        // Three words in equal shares: the mark is spelt by a thought that holds the two others as well.
        using var decoder = new Evaluation.HandmadeDecoder(6, _ => [0, 0, 40, 40, 40, 0]);
        var generator = new Softly.Generation.Generator(decoder, CPU, 6, [1], Some.Words);
        var sampling = new SamplingOptions
        {
            Law = new GumbelSoftmax(1), Thinking = new SupportFilter { TopK = 3 }, ThinkEnd = new ThinkEnd(Text: "2"),
            MaxNewTokens = 30,
        };
        var thinking = generator.Generate([Some.Prompts[0]], 8, sampling, seed: 4).SelectMany(g => g.Rollouts)
            .Select(r => Thinking.Of(r, Some.Words)).OfType<Thinking>().ToList();
        Assert.NotEmpty(thinking);
        Assert.Contains(thinking.SelectMany(t => t.Thoughts), t => t.Ids.Length == 3);
        Assert.All(thinking.SelectMany(t => t.Mark), m => Assert.Equal((2, 1f), (m.Ids.Single(), m.Weights.Single())));
    }

    [Fact]
    public void A_mark_that_is_a_token_is_the_first_of_its_spellings()
    {
        var end = new ThinkEnd(2) { Tokens = [2, 12] };
        var thinking = Thinking.Of(Written(end, 9, 5, 12, 6, 2, 7), Some.Words)!;
        Assert.Equal([5], thinking.Winners);
        Assert.Equal(12, Assert.Single(thinking.Mark).Ids[0]);
        Assert.Equal(7, thinking.Answering(new SamplingOptions { MaxNewTokens = 9 }).MaxNewTokens);
        Assert.Null(Thinking.Of(Written(ThinkEnd.Never, 9, 5, 6), Some.Words));
        var reply = Written(ThinkEnd.Never, 9, 4, 1);
        reply.Finish = FinishReason.End;
        Assert.Equal("12 4", thinking.TextWith(reply, Some.Words));
    }
}
