using Softly.Evaluation;
using Softly.Models;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Evaluation;

/// <summary>Audits of models written by hand, of which it is known what their thoughts are worth.</summary>
public class ThoughtAuditTests
{
    private const float Sure = 40;

    private static readonly SamplingOptions TwoThoughts = new()
    {
        Law = new GumbelSoftmax(tau: 1, noiseScale: 0.05), Thinking = new SupportFilter { TopK = 4 },
        ThinkEnd = new ThinkEnd(PairTask.Mark), ThinkLength = 2, MaxNewTokens = 7,
    };

    /// <summary>
    /// Both thoughts hold the prompt's two words in equal shares; after the mark come the words that <paramref name="answer"/>
    /// reads from prompt and last thought, and the end.
    /// </summary>
    private static float[] Pair(
        IReadOnlyList<MixtureRow> rows, Func<IReadOnlyList<MixtureRow>, MixtureRow, int[]> answer)
    {
        var logits = new float[PairTask.Vocabulary];
        var mark = rows.ToList().FindIndex(r => r.Ids[0] == PairTask.Mark && r.Weights[0] == 1);
        if (mark < 0 && rows.Count < 4) (logits[rows[0].Ids[0]], logits[rows[1].Ids[0]]) = (Sure, Sure);
        else if (mark < 0) logits[PairTask.Mark] = 2 * Sure;
        else
        {
            int[] words = [.. answer([.. rows.Take(2)], rows[mark - 1]), PairTask.End];
            logits[words[Math.Min(rows.Count - mark - 1, words.Length - 1)]] = 2 * Sure;
        }
        return logits;
    }

    /// <summary>The words of a thought that weigh at least so much, each once, the smallest first; or the word 3.</summary>
    private static int[] Heavy(MixtureRow thought, double least) => thought.Ids.Zip(thought.Weights)
        .Where(w => w.Second >= least && w.First >= PairTask.First).Select(w => w.First).Distinct().Order().DefaultIfEmpty(3)
        .ToArray();

    private static int Heaviest(MixtureRow thought) => thought.Ids[Array.IndexOf(thought.Weights, thought.Weights.Max())];

    private static PartAudit Audit(
        Func<IReadOnlyList<MixtureRow>, MixtureRow, int[]> answer, int problems = 200, bool oneIsEnough = false,
        SamplingOptions? sampling = null, int samples = 2)
    {
        var task = new PairTask(oneIsEnough);
        using var decoder = new HandmadeDecoder(PairTask.Vocabulary, rows => Pair(rows, answer));
        var generator = new Generator(decoder, TorchSharp.torch.CPU, PairTask.Vocabulary, [PairTask.End], Some.Words);
        return new ThoughtAudit(generator, task, w => int.TryParse(w, out var t) ? t : null, t => $"{t}").Run(
            task.Prompts(problems), samples, sampling ?? TwoThoughts, seed: 5, [1, samples]);
    }

    /// <summary>Audits a model that is given as its logits, all positions being known.</summary>
    private static PartAudit Written(
        Func<IReadOnlyList<MixtureRow>, float[]> logits, SamplingOptions sampling, int problems = 40, int samples = 2)
    {
        using var decoder = new HandmadeDecoder(PairTask.Vocabulary, logits);
        var task = new PairTask(oneIsEnough: true);
        var generator = new Generator(decoder, TorchSharp.torch.CPU, PairTask.Vocabulary, [PairTask.End], Some.Words);
        return new ThoughtAudit(generator, task, w => int.TryParse(w, out var t) ? t : null, t => $"{t}").Run(
            task.Prompts(problems), samples, sampling, seed: 5, [1]);
    }

    private static float[] Among(float logit, params int[] tokens)
    {
        var logits = new float[PairTask.Vocabulary];
        foreach (var token in tokens) logits[token] = logit;
        return logits;
    }

    private static double Pass(PartAudit audit, string condition) =>
        audit.Summary.Conditions.Single(c => c.Name == condition).PassAtK[0].Share.Value;

    [Fact]
    public void A_model_whose_answer_ignores_its_thoughts_has_dead_ones()
    {
        var audit = Audit((prompt, _) => [.. prompt.Select(r => r.Ids[0]).Order()]);
        Assert.Equal(
            ["own", "random", "another", "blank", "winner", "noise-free"], audit.Summary.Conditions.Select(c => c.Name));
        Assert.All(audit.Summary.Conditions, c => Assert.Equal(1, c.PassAtK[0].Share.Value));
        Assert.Equal(AuditFinding.Dead, audit.Summary.Verdict.Thoughts);
        Assert.Equal(WinnerFinding.Open, audit.Summary.Verdict.Winners);
        Assert.StartsWith(
            "the thoughts are dead: random ones, blank ones and another problem's do as well",
            Assert.Single(audit.Summary.Verdict.Sentences));
    }

    [Fact]
    public void A_model_whose_answer_needs_the_mixture_has_thoughts_that_carry_more_than_their_winners()
    {
        var audit = Audit((_, thought) => Heavy(thought, 0.3));
        Assert.Equal((1, 0), (Pass(audit, "own"), Pass(audit, "winner")));
        Assert.Equal((0, 0), (Pass(audit, "blank"), Pass(audit, "another")));
        Assert.InRange(Pass(audit, "random"), 0, 0.05);
        Assert.Equal(1, Pass(audit, "noise-free"));
        Assert.Equal(AuditFinding.Alive, audit.Summary.Verdict.Thoughts);
        Assert.Equal(WinnerFinding.NotEnough, audit.Summary.Verdict.Winners);
        Assert.Contains("the thoughts carry the answer", audit.Summary.Verdict.Sentences[0]);
        Assert.Contains("more than their winners", audit.Summary.Verdict.Sentences[1]);
    }

    [Fact]
    public void A_model_that_reads_one_word_of_its_thought_needs_only_the_winner()
    {
        var audit = Audit(
            (_, thought) => [Math.Max(PairTask.First, Heaviest(thought))], oneIsEnough: true);
        Assert.Equal((1, 1), (Pass(audit, "own"), Pass(audit, "winner")));
        Assert.InRange(Pass(audit, "random"), 0.02, 0.2); // two of 24 words would do
        Assert.Equal(AuditFinding.Alive, audit.Summary.Verdict.Thoughts);
        Assert.Equal(WinnerFinding.Enough, audit.Summary.Verdict.Winners);
        Assert.StartsWith("only the winner counts", audit.Summary.Verdict.Sentences[1]);
    }

    [Fact]
    public void A_model_that_reads_only_whether_its_thoughts_look_usual_is_not_called_alive()
    {
        // Usual are pairs that some problem asks about, be it another one; random words make up a pair of these now and then.
        var audit = Audit((prompt, thought) => Usual(thought) ? [.. prompt.Select(r => r.Ids[0]).Order()] : [3, 3]);
        Assert.Equal((1, 1, 0), (Pass(audit, "own"), Pass(audit, "another"), Pass(audit, "blank")));
        Assert.InRange(Pass(audit, "random"), 0.5, 0.9);
        Assert.Equal(AuditFinding.Dead, audit.Summary.Verdict.Thoughts);
        Assert.StartsWith(
            "the thoughts are dead: another problem's do as well", Assert.Single(audit.Summary.Verdict.Sentences));

        static bool Usual(MixtureRow thought) => Heavy(thought, 0.3) is [var x, var y] && KnownPairs.Contains((x, y));
    }

    private static readonly HashSet<(int, int)> KnownPairs =
        [.. new PairTask().Prompts(200).Select(p => (p.Rows[0].Ids[0], p.Rows[1].Ids[0]))];

    [Fact]
    public void An_answer_s_noise_is_the_same_after_any_thoughts()
    {
        // The answer is one of two words, the right one and 3, as likely as each other; the thoughts are not looked at.
        var audit = Written(rows =>
        {
            var mark = rows.ToList().FindIndex(r => r.Ids[0] == PairTask.Mark && r.Weights[0] == 1);
            return mark < 0 ? rows.Count < 4 ? Among(Sure, rows[0].Ids[0], rows[1].Ids[0]) : Among(Sure, PairTask.Mark)
                : mark == rows.Count - 1 ? Among(Sure, Math.Max(rows[0].Ids[0], rows[1].Ids[0]), 3) : Among(Sure, PairTask.End);
        }, TwoThoughts, samples: 4);
        Assert.Equal(6, audit.Summary.Conditions.Count);
        Assert.InRange(Pass(audit, "own"), 0.2, 0.9);
        Assert.Contains(audit.Problems, p => p.Counts["own"].Right is > 0 and < 4);
        Assert.All(audit.Problems, p => Assert.Single(p.Counts.Values.Distinct()));
    }

    [Theory]
    [InlineData("gumbel-softmax", 0.1, 1)]
    [InlineData("gumbel-winner", 0.1, 1)]
    [InlineData("gumbel-ladder", 0.1, 1)]
    [InlineData("concrete", 0.1, 1)]
    [InlineData("gumbel-softmax", 0.0, 1)]
    [InlineData("categorical", null, 1)]
    [InlineData("gumbel-softmax", 2.0, 2)]
    [InlineData("dirichlet", null, 2)]
    public void Without_noise_a_law_feeds_its_own_mixture(string law, double? tau, int effective)
    {
        // Two words at 5 to 4: at τ = 0.1 the likelier one has nine tenths, at p itself they are nearly even.
        var audit = Written(
            rows =>
            {
                if (rows.Any(r => r.Ids[0] == PairTask.Mark && r.Weights[0] == 1)) return Among(Sure, PairTask.End);
                var logits = Among(Sure, rows[0].Ids[0], rows[1].Ids[0]);
                logits[rows[0].Ids[0]] += MathF.Log(1.25f);
                return rows.Count < 4 ? logits : Among(Sure, PairTask.Mark);
            },
            TwoThoughts with { Law = StepLaws.Make(law, new LawSettings { Tau = tau }) });
        Assert.Equal(effective, Math.Round(audit.Positions[0].NoiseFree!.Effective.Value - 0.3)); // 1.37 at τ = 0.1
        Assert.StartsWith(
            law == "dirichlet" || tau == 1 ? "p, " : tau is > 0 and { } t ? FormattableString.Invariant($"softmax(log p/{t}), as {law}")
                : "the likeliest token", audit.NoiseFree);
    }

    [Fact]
    public void Thinking_that_does_not_end_without_noise_is_in_no_figure_of_that_row()
    {
        // Without noise the first of two words is the winner for ever; with it, the mark comes sooner or later.
        var audit = Written(
            rows =>
            {
                if (rows.Any(r => r.Ids[0] == PairTask.Mark && r.Weights[0] == 1))
                    return Among(Sure, Math.Max(rows[0].Ids[0], rows[1].Ids[0]));
                var first = rows[0].Ids[0] % 2 == 0;
                var logits = Among(Sure, rows[0].Ids[0], PairTask.Mark);
                logits[first ? PairTask.Mark : rows[0].Ids[0]] += 0.1f;
                return rows.Count == 2 ? Among(Sure, rows[0].Ids[0]) : logits;
            },
            TwoThoughts with { Law = new GumbelSoftmax(1), ThinkLength = 0, MaxNewTokens = 30 });
        var (own, free) = (audit.Problems.Count, audit.Problems.Count(p => p.Counts.ContainsKey("noise-free")));
        Assert.InRange(free, 1, own - 1);
        Assert.Equal(1, Pass(audit, "own"));
        Assert.Equal(1, Pass(audit, "noise-free"));
        Assert.Equal(free, audit.Summary.Differences.Single(d => d.Other == "noise-free").Pairs);
        Assert.StartsWith($"noise-free: of {own} problems {own - free} did not end", Assert.Single(audit.Remarks));
    }

    [Fact]
    public void A_few_problems_tell_nothing()
    {
        var audit = Audit((prompt, _) => [.. prompt.Select(r => r.Ids[0]).Order()], problems: 10);
        Assert.Equal(AuditFinding.Open, audit.Summary.Verdict.Thoughts);
        Assert.Contains("cannot be told with 10 problems", audit.Summary.Verdict.Sentences[0]);
    }

    [Fact]
    public void A_model_that_thinks_in_plain_tokens_is_audited_in_them()
    {
        var audit = Audit(
            (_, thought) => Heavy(thought, 0.9)[..1], oneIsEnough: true,
            sampling: TwoThoughts with { Law = null, ThinkLength = 0 });
        Assert.Equal(["own", "random", "another", "blank", "noise-free"], audit.Summary.Conditions.Select(c => c.Name));
        Assert.Equal((1, 1), (Pass(audit, "own"), Pass(audit, "noise-free")));
        Assert.Equal(("none", AuditFinding.Alive), (audit.Law, audit.Summary.Verdict.Thoughts));
        Assert.Contains("its winner alone", Assert.Single(audit.LeftOut));
        Assert.Equal(1, audit.Positions[0].Own!.Effective.Value);
    }

    [Fact]
    public void What_thoughts_hold_and_rank_is_counted()
    {
        var audit = Audit((_, thought) => Heavy(thought, 0.3), problems: 40);
        Assert.Equal(new int?[] { null, 1, 2 }, audit.Positions.Select(p => p.Position));
        Assert.True(double.IsNaN(audit.Positions[1].Own!.Mass.Value)); // its set is empty: not known
        var second = audit.Positions[2];
        Assert.Equal(2, second.SetSize);
        Assert.Equal(80, second.Own!.Thoughts);
        Assert.InRange(second.Own.Mass.Value, 0.999, 1.0001);
        Assert.InRange(second.Own.Leakage.Value, -0.0001, 0.001);
        Assert.Equal(1, second.Own.Coverage.Value);
        Assert.InRange(second.Own.Effective.Value, 1.95, 2.0001);
        Assert.InRange(second.NoiseFree!.Effective.Value, 1.9999, 2.0001);
        Assert.Equal((80, 80, 0), (audit.Ranking!.Ranked, audit.Ranking.RankedRight, audit.Ranking.Unranked));

        var picture = audit.Picture!;
        Assert.Equal(audit.Problems[0].Id, picture.ProblemId);
        Assert.Equal(2, picture.Thoughts.Count);
        Assert.Equal(picture.ProblemId.Split('-'), picture.Right);
        Assert.InRange(picture.Thoughts[1].Weights.Where(w => picture.Right.Contains(w.Word)).Sum(w => w.Weight), 0.999, 1.0001);
    }

    [Fact]
    public void Thinking_that_does_not_end_is_in_no_figure()
    {
        // Two words and the mark need three positions; the fourth is the answer's.
        var most = TwoThoughts with { MaxNewTokens = 3 };
        var error = Assert.Throws<NothingToAuditException>(
            () => Audit((_, t) => Heavy(t, 0.3), problems: 3, sampling: most));
        Assert.Contains("raise max_completion_length", error.Message);
        Assert.Equal(0, Audit((_, t) => Heavy(t, 0.3), problems: 3, sampling: most with { MaxNewTokens = 4 }).Unended);
    }

    [Fact]
    public void What_cannot_be_audited_is_refused_with_the_remedy()
    {
        Assert.Contains("thinks of nothing", ThoughtAudit.Problem(TwoThoughts with { Law = new Blank() }));
        var vectors = TwoThoughts with { Law = new GaussianEmbedding() };
        Assert.Contains("gaussian-embedding adds vectors", ThoughtAudit.Problem(vectors));
        Assert.Contains("set think_end_str", ThoughtAudit.Problem(TwoThoughts with { ThinkEnd = ThinkEnd.Never }));
        foreach (var law in StepLaws.Names.Except(["blank", "gaussian-embedding"]))
            Assert.Null(ThoughtAudit.Problem(TwoThoughts with { Law = StepLaws.Make(law, new LawSettings()) }));
    }

    [Fact]
    public void Conditions_that_cannot_differ_are_left_out_and_named()
    {
        var free = Audit((_, t) => Heavy(t, 0.3), problems: 4, sampling: TwoThoughts with { Law = new SoftThinking() });
        Assert.DoesNotContain("noise-free", free.Summary.Conditions.Select(c => c.Name));
        Assert.Contains("no noise", Assert.Single(free.LeftOut));
        var single = Audit((_, t) => Heavy(t, 0.3), problems: 1, sampling: TwoThoughts with { Law = new Categorical() });
        Assert.Equal(["own", "random", "blank", "noise-free"], single.Summary.Conditions.Select(c => c.Name));
        Assert.Equal(2, single.LeftOut.Count);
    }
}
