using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tasks.Statistics;
using Generator = Softly.Generation.Generator;

namespace Softly.Evaluation;

/// <summary>
/// Tells living thoughts from dead ones. Problems are thought about as the model does; then, with everything else the same, the
/// answer is drawn again after other thoughts (<see cref="AuditConditions"/>): where random thoughts do as well, thoughts carry
/// nothing, whatever a training has gained. The own thoughts are imposed again like the others, so that conditions differ in
/// thoughts alone, and an answer's noise is the same under every condition.
/// </summary>
/// <remarks>
/// Judged is the mark that ends thinking and what stands behind it, never the thoughts. Samples whose thinking did not end in
/// time are in no condition; problems whose thinking does not end without noise are not in that one. Where the law is none,
/// thoughts are the plain tokens before the mark, and without noise is greedy.
/// </remarks>
/// <param name="generator">Draws thoughts and answers.</param>
/// <param name="task">Judges, and knows the true sets where there are some.</param>
/// <param name="token">The token of a word; null where it is none.</param>
/// <param name="word">The word of a token, for the picture.</param>
public sealed class ThoughtAudit(Generator generator, ITask task, Func<string, int?> token, Func<int, string> word)
{
    /// <summary>Answers that are drawn in one call.</summary>
    private const int PieceAnswers = 128;

    /// <summary>Of the noise behind the thoughts, which must not be that of the thoughts.</summary>
    private const ulong Answers = 0xA5;

    /// <summary>Of random thoughts and of who gets whose.</summary>
    private const ulong Others = 0xA6;

    private double _done, _all;

    /// <summary>Called after every piece with the share that is done, from 0 to 1.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Why thoughts drawn so cannot be audited, with the remedy; null where they can.</summary>
    public static string? Problem(SamplingOptions sampling) => sampling switch
    {
        { Law: { ThinksBlank: true } law } => $"thinking_law {law.Name} thinks of nothing, so there are no thoughts to audit: "
            + "audit the weights under a law that thinks, such as thinking_law=soft-thinking",
        { Law: { AddsVectors: true } law } => $"thinking_law {law.Name} adds vectors to its thoughts, and an audit imposes "
            + "mixtures of tokens: audit the weights under a law of mixtures, such as thinking_law=soft-thinking",
        { ThinkEnd: { Tokens.Count: 0, Text: null or "" } } =>
            "an audit draws the answer behind the thoughts again, and nothing here ends the thoughts: set think_end_str "
            + "(and think_length, where the model seldom writes it)",
        _ => null,
    };

    /// <summary>Audits.</summary>
    /// <param name="prompts">
    /// P problems as the model reads them; at least 2 for intervals and for another problem's thoughts.
    /// </param>
    /// <param name="samples">n: samples a problem.</param>
    /// <param name="sampling">How the model thinks and answers.</param>
    /// <param name="seed">Of all randomness: the thoughts are those of an evaluation with this seed.</param>
    /// <param name="ks">The k of pass@k, each at most n; 1 is told in any case.</param>
    /// <param name="cancel">Stops at once; nothing is returned then.</param>
    /// <exception cref="ArgumentException"><see cref="Problem"/> has one.</exception>
    /// <exception cref="NothingToAuditException">No sample's thinking ended, or none thought anything.</exception>
    public PartAudit Run(
        IReadOnlyList<Prompt> prompts, int samples, SamplingOptions sampling, ulong seed, IReadOnlyList<int> ks,
        CancellationToken cancel = default)
    {
        if (Problem(sampling) is { } problem) throw new ArgumentException(problem);
        (_done, _all) = (0, prompts.Count * (samples * (1.0 + AuditConditions.Meanings.Count) + 1));
        List<AuditedSample> own = [.. Think(prompts, samples, sampling, seed, cancel)
            .Select((thinking, i) => (thinking, i)).Where(t => t.thinking is not null)
            .Select(t => new AuditedSample(
                t.i / samples, t.i % samples, t.thinking!, task.ContentOf(prompts[t.i / samples].Problem)))];
        if (own.Count == 0)
            throw new NothingToAuditException("no sample came to the end of its thinking with room for an answer behind it: "
                + "raise max_completion_length, or end thinking by its number (think_length)");
        if (own.All(s => s.Thinking.Thoughts.Count == 0))
            throw new NothingToAuditException("the model ends its thinking before the first thought: there is nothing to audit");

        List<string> leftOut = [], remarks = [];
        var noiseFree = WithoutNoise(prompts, sampling, seed, leftOut, cancel);
        var counts = own.Select(s => s.Problem).Distinct().ToDictionary(p => p, _ => new Dictionary<string, AuditCount>());
        Dictionary<AuditedSample, Grade> ownGrades = [];
        foreach (var (condition, thinking) in Conditions(own, noiseFree, sampling, seed, leftOut, remarks))
        {
            var grades = Answer(prompts, own, thinking, sampling, seed, cancel);
            if (condition == AuditConditions.Own) ownGrades = grades;
            foreach (var group in grades.Where(g => g.Value.Verdict != Verdict.Failed).GroupBy(g => g.Key.Problem))
                counts[group.Key][condition] = new AuditCount(
                    group.Count(), group.Count(g => g.Value.Verdict == Verdict.Right));
        }
        Tell(_all - _done);

        AuditedProblem[] problems = [.. counts.OrderBy(c => c.Key).Select(c => new AuditedProblem(
            prompts[c.Key].Problem.Id, task.GuessChance(prompts[c.Key].Problem), c.Value))];
        var sets = prompts.Select(p => SetsOf(p.Problem)).ToList();
        return new PartAudit
        {
            Benchmark = task.Name, Mode = sampling.Law?.Name ?? "none", Law = sampling.Law?.Name ?? "none", Samples = samples,
            Asked = prompts.Count * samples, Unended = prompts.Count * samples - own.Count, LeftOut = leftOut,
            Remarks = remarks, NoiseFree = noiseFree is null ? null : MixtureWithoutNoise(sampling.Law), Problems = problems,
            Positions = ThoughtContents.Positions(
                own.ToLookup(s => s.Problem, s => s.Thinking),
                noiseFree?.Select((t, p) => (t, p)).Where(x => x.t is not null).ToLookup(x => x.p, x => x.t!), sets),
            Ranking = Ranking(prompts, own, ownGrades),
            Picture = Picture(prompts, own),
            Summary = AuditEstimates.Of(problems, ks),
        };
    }

    /// <summary>What the model thinks, prompt after prompt, n times each; null where it did not end.</summary>
    private List<Thinking?> Think(
        IReadOnlyList<Prompt> prompts, int samples, SamplingOptions sampling, ulong seed, CancellationToken cancel)
    {
        var all = new List<Thinking?>(prompts.Count * samples);
        foreach (var piece in prompts.Chunk(Math.Max(1, PieceAnswers / samples)))
        {
            var groups = generator.Generate(piece, samples, sampling, seed, cancel: cancel);
            all.AddRange(groups.SelectMany(g => g.Rollouts).Select(r => Thinking.Of(r, generator.Detokenize)));
            Tell(piece.Length * samples);
        }
        return all;
    }

    /// <summary>By problem; null altogether where the model's own thinking has no noise.</summary>
    private List<Thinking?>? WithoutNoise(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, ulong seed, List<string> leftOut, CancellationToken cancel)
    {
        if (sampling.Law is SoftThinking || (sampling.Law is null && sampling.Answer.TopK == 1))
        {
            leftOut.Add($"{AuditConditions.NoiseFree}: own thoughts have no noise");
            return null;
        }
        return Think(prompts, 1, sampling.Law is null
            ? sampling with { Answer = sampling.Answer with { TopK = 1 } }
            : sampling with { Law = sampling.Law.WithoutNoise() }, seed, cancel);
    }

    /// <summary>What thoughts without noise are, for readers.</summary>
    private static string MixtureWithoutNoise(StepLaw? law) => law?.WithoutNoise() switch
    {
        null => "the likeliest token",
        GumbelLadder { Tau: 0 } => $"the likeliest token, as {law.Name} without noise",
        GumbelLadder { Tau: 1 } => $"p, the tokens by their probabilities, as {law.Name} without noise",
        GumbelLadder still => FormattableString.Invariant($"softmax(log p/{still.Tau}), as {law.Name} without noise"),
        _ => $"p, the tokens by their probabilities, in place of the mixture of {law.Name}",
    };

    /// <summary>Every condition with what it puts before each sample's answer; null where the sample is not in it.</summary>
    private IEnumerable<(string Name, Func<AuditedSample, Thinking?> Of)> Conditions(
        List<AuditedSample> own, List<Thinking?>? noiseFree, SamplingOptions sampling, ulong seed, List<string> leftOut,
        List<string> remarks)
    {
        var others = new OtherThoughts(own, generator.EndTokens.Concat(sampling.ThinkEnd.Tokens), CounterNoise.Mix(seed, Others));
        yield return (AuditConditions.Own, s => s.Thinking);
        if (others.Used.Count > 0) yield return (AuditConditions.Random, others.Random);
        else leftOut.Add($"{AuditConditions.Random}: thoughts hold nothing but tokens that end thinking or the text");
        var alone = own.Count(s => others.From(s) is null);
        if (alone == own.Count) leftOut.Add($"{AuditConditions.Another}: no other problem with thoughts is about another thing");
        else
        {
            if (alone > 0)
                remarks.Add($"{AuditConditions.Another}: {alone:N0} of {own.Count:N0} samples are not in this row: no other "
                    + "problem with thoughts is about another thing.");
            yield return (AuditConditions.Another, others.Another);
        }
        yield return (AuditConditions.Blank, s => OtherThoughts.Blank(s.Thinking));
        if (own.All(s => s.Thinking.IsPlain)) leftOut.Add($"{AuditConditions.Winner}: every own thought is its winner alone");
        else yield return (AuditConditions.Winner, s => OtherThoughts.Winners(s.Thinking));
        if (noiseFree is null) yield break;
        var (asked, unended) = (own.Select(s => s.Problem).Distinct().Count(),
            own.Select(s => s.Problem).Distinct().Count(p => noiseFree[p] is null));
        if (unended == asked) leftOut.Add($"{AuditConditions.NoiseFree}: thinking without noise did not end in time");
        else
        {
            if (unended > 0)
                remarks.Add($"{AuditConditions.NoiseFree}: of {asked:N0} problems {unended:N0} did not end their thinking in "
                    + "time without noise, and are not in this row.");
            yield return (AuditConditions.NoiseFree, s => noiseFree[s.Problem]);
        }
    }

    /// <summary>Draws every sample's answer behind given thoughts and judges it.</summary>
    private Dictionary<AuditedSample, Grade> Answer(
        IReadOnlyList<Prompt> prompts, List<AuditedSample> own, Func<AuditedSample, Thinking?> thinking, SamplingOptions sampling,
        ulong seed, CancellationToken cancel)
    {
        var given = own.Select(s => (Sample: s, Thinking: thinking(s))).Where(g => g.Thinking is not null).ToList();
        Dictionary<AuditedSample, string> texts = [];
        // Thoughts of one length have one room for their answers.
        foreach (var alike in given.GroupBy(g => g.Thinking!.Length).OrderBy(g => g.Key))
            foreach (var piece in alike.Chunk(PieceAnswers))
            {
                var groups = generator.Generate(
                    [.. piece.Select(g => g.Thinking!.After(Renamed(prompts[g.Sample.Problem], g.Sample.Number)))], 1,
                    piece[0].Thinking!.Answering(sampling), CounterNoise.Mix(seed, Answers), cancel: cancel);
                foreach (var ((sample, thoughts), group) in piece.Zip(groups))
                    texts[sample] = thoughts!.TextWith(group.Rollouts[0], generator.Detokenize);
                Tell(piece.Length);
            }
        Dictionary<AuditedSample, Grade> grades = [];
        foreach (var problem in given.GroupBy(g => g.Sample.Problem, g => g.Sample))
        {
            cancel.ThrowIfCancellationRequested();
            var judged = task.GradeAll(prompts[problem.Key].Problem, [.. problem.Select(s => texts[s])]);
            foreach (var (sample, grade) in problem.Zip(judged)) grades[sample] = grade;
        }
        return grades;

        // An answer's noise hangs on its problem's id, so that it is the same whatever was thought before it.
        static Prompt Renamed(Prompt prompt, int sample) =>
            prompt with { Problem = prompt.Problem with { Id = $"{prompt.Problem.Id} #{sample}" } };
    }

    private List<IReadOnlySet<int>>? SetsOf(Problem problem) => task.ThoughtSets(problem) is not { } sets ? null
        : [.. sets.Select(words => (IReadOnlySet<int>)words.Select(token).OfType<int>().ToHashSet())];

    private AuditRanking? Ranking(
        IReadOnlyList<Prompt> prompts, List<AuditedSample> own, Dictionary<AuditedSample, Grade> grades)
    {
        var ranked = new List<(AuditedSample Sample, bool Ranks)>();
        foreach (var problem in own.GroupBy(s => s.Problem))
        {
            var asked = prompts[problem.Key].Problem;
            if (task.GraphOf(asked) is not { } graph || RightOnes(asked, graph) is not { Count: > 0 } right) return null;
            var wrong = graph.Candidates.SelectMany(c => c).Except(right).Select(token).OfType<int>().ToList();
            ranked.AddRange(problem.Where(s => s.Thinking.Thoughts.Count > 0).Select(s => (
                s, ThoughtContents.Ranks(s.Thinking.Thoughts[^1], right.Select(token).OfType<int>(), wrong))));
        }
        ranked.RemoveAll(r => grades[r.Sample].Verdict == Verdict.Failed);
        if (ranked.Count == 0) return null;
        var share = Bootstrap.Share([.. ranked.GroupBy(r => r.Sample.Problem).Select(g => g.Average(r => r.Ranks ? 1.0 : 0))]);
        return new AuditRanking(
            new Estimate(share.Estimate, share.Low, share.High), ranked.Count(r => r.Ranks), Right(true),
            ranked.Count(r => !r.Ranks), Right(false));

        int Right(bool ranks) => ranked.Count(r => r.Ranks == ranks && grades[r.Sample].Verdict == Verdict.Right);
    }

    private AuditPicture? Picture(IReadOnlyList<Prompt> prompts, List<AuditedSample> own)
    {
        // The first that thought at all: without a thought there is nothing to draw.
        if (own.Find(s => s.Thinking.Thoughts.Count > 0) is not { } sample) return null;
        var problem = prompts[sample.Problem].Problem;
        if (task.GraphOf(problem) is not { } graph) return null;
        var sets = task.ThoughtSets(problem);
        return new AuditPicture(
            problem.Id, graph.Nodes,
            [.. graph.Edges.Select((e, i) => new GraphEdge(e.From, e.To) { Steps = graph.StepsOf?[i] })], graph.Root,
            graph.Candidates,
            RightOnes(problem, graph),
            [.. sample.Thinking.Thoughts.Select((row, t) => new PicturedThought(
                sets is not null && t < sets.Count ? sets[t] : [],
                [.. row.Ids.Zip(row.Weights).OrderByDescending(w => w.Second)
                    .Select(w => new WordShare(word(w.First), w.Second))]))])
        {
            StepByStep = graph.StepByStep,
        };
    }

    /// <summary>The candidates that the last true set has.</summary>
    private List<string> RightOnes(Problem problem, ProblemGraph graph) =>
        task.ThoughtSets(problem) is [.., var last] ? [.. graph.Candidates.SelectMany(c => c).Intersect(last)] : [];

    private void Tell(double answers)
    {
        _done += answers;
        Progress?.Invoke(Math.Min(1, _done / _all));
    }
}
