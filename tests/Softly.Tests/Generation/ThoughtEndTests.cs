using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tests.Evaluation;
using Softly.Tests.Laws;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Tests.Generation;

/// <summary>
/// A thought whose winner ends thinking is a plain token, and its winner follows softmax(log p/κ) as every other winner does: it
/// is scored with that, in both forms of drawing and in the replay.
/// </summary>
public class ThoughtEndTests
{
    private const double Temperature = 1.3;

    /// <summary>Six tokens, of which 1 ends the text and 2 ends thinking.</summary>
    private static readonly float[] Logits = [0.4f, -0.3f, 0.6f, 0.9f, -1.2f, 0.1f];

    private static readonly Dictionary<string, StepLaw> Laws = new()
    {
        ["gumbel-softmax"] = new GumbelSoftmax(1, 0.4),
        ["gumbel-winner"] = new GumbelWinner(1, 0.4),
        ["gumbel-ladder"] = new GumbelLadder(1, [0.4, 0, 2.5], 0.25),
        ["weighted"] = new ReducedLaw(new GumbelWinner(1, 0.4), Reduction.Weighted),
        ["paper"] = new GumbelWinner(1),
    };

    public static TheoryData<string, DrawingForm> LawsAndForms
    {
        get
        {
            var data = new TheoryData<string, DrawingForm>();
            foreach (var (name, law) in Laws)
                foreach (var form in law.HasRowForm ? new[] { DrawingForm.Tensors, DrawingForm.Rows } : [DrawingForm.Tensors])
                    data.Add(name, form);
            return data;
        }
    }

    public static TheoryData<string, DrawingForm, string> Ways
    {
        get
        {
            var data = new TheoryData<string, DrawingForm, string>();
            foreach (var row in LawsAndForms)
                foreach (var engine in new[] { "torch", "simd" }) data.Add(row.Data.Item1, row.Data.Item2, engine);
            return data;
        }
    }

    private static SamplingOptions Options(string law, int topK, int length) =>
        Some.Soft(Laws[law], topK, topP: 1, Temperature, length);

    /// <summary>κ of a member by its law's definition, not by what is under test.</summary>
    private static double Scale(string law, int member) => law switch
    {
        "paper" => 1,
        "gumbel-ladder" => ((GumbelLadder)Laws[law]).Rung(member).Scale,
        _ => 0.4,
    };

    /// <summary>First steps of so many members, from the same logits each.</summary>
    private static List<(int Member, Step Step)> First(string law, DrawingForm form, int topK, int count)
    {
        using var decoder = new HandmadeDecoder(Logits.Length, _ => Logits);
        return [.. new Generator(decoder, CPU, Logits.Length, [Some.EndToken], Some.Words) { Drawing = form, MaxRows = count }
            .Generate([Some.Prompt("a", 0)], count, Options(law, topK, length: 1), seed: 11)[0].Rollouts
            .Select(r => (r.Member, r[0]))];
    }

    private static double[] Softmax(IEnumerable<double> logits)
    {
        double[] raw = [.. logits.Select(Math.Exp)];
        return [.. raw.Select(x => x / raw.Sum())];
    }

    /// <summary>Of six tokens 3, 2, 0 and 5 are kept, and where five are, 1 as well: one token ends, or two do.</summary>
    [Theory]
    [MemberData(nameof(LawsAndForms))]
    public void Thoughts_end_as_often_as_the_density_of_their_ends_says(string law, DrawingForm form)
    {
        foreach (var topK in new[] { 4, 5 })
        {
            var steps = First(law, form, topK, count: 12_000);
            var kept = Enumerable.Range(0, Logits.Length).OrderByDescending(i => Logits[i]).Take(topK).ToArray();
            foreach (var rung in steps.GroupBy(s => Scale(law, s.Member)).Where(g => g.Key > 0))
            {
                var mass = Softmax(Logits.Select(z => z / (Temperature * rung.Key))).Where((_, i) => kept.Contains(i)).Sum();
                var (chi, rest, thoughts) = (0.0, 1.0, rung.Count());
                var ends = rung.Where(s => s.Step.Kind != StepKind.Soft).GroupBy(s => s.Step.Token).ToList();
                Assert.Equal(topK == 4 ? [2] : [1, 2], ends.Select(e => e.Key).Order());
                foreach (var end in ends)
                {
                    Assert.All(end, s => Assert.Equal(StepKind.Hard, s.Step.Kind));
                    var density = Assert.Single(end.Select(s => s.Step.LogDensity).Distinct());
                    var share = Math.Exp(density) / mass;
                    chi += Square(end.Count(), share * rung.Count());
                    (rest, thoughts) = (rest - share, thoughts - end.Count());
                }
                chi += Square(thoughts, rest * rung.Count());
                // Two degrees of freedom at most: above 18.4 once in 10,000 times.
                Assert.True(chi < 18.4, $"κ {rung.Key}, {topK} kept: χ² = {chi:f1}");
                Assert.True(rung.Count() - thoughts > 150, $"κ {rung.Key}: only {rung.Count() - thoughts} ends");
            }
        }

        static double Square(double seen, double expected) => (seen - expected) * (seen - expected) / expected;
    }

    /// <summary>Every token is kept, so that an end, scored on the whole vocabulary, is one of the law's own outcomes.</summary>
    [Theory]
    [MemberData(nameof(LawsAndForms))]
    public void The_mean_score_of_a_step_is_zero_ends_counted(string law, DrawingForm form)
    {
        if (law == "weighted") return; // no density: its mean score is not 0
        using var scope = NewDisposeScope();
        var steps = First(law, form, topK: 0, count: 8000);
        var scores = Enumerable.Range(0, Logits.Length).Select(_ => new List<double>()).ToArray();
        foreach (var (_, step) in steps.Where(s => s.Step.Kind != StepKind.Soft))
        {
            var q = Softmax(Logits.Select(z => z / step.Temperature));
            for (var i = 0; i < q.Length; i++)
                scores[i].Add(step.Kind == StepKind.Forced ? 0 : ((i == step.Token ? 1 : 0) - q[i]) / step.Temperature);
        }
        var ends = scores[0].Count;
        Assert.InRange(ends, 1500, 6500);

        var soft = steps.Where(s => s.Step.Kind == StepKind.Soft).ToList();
        Tensor Of<T>(Func<StepSlots, ReadOnlyMemory<T>> part) =>
            Scalars.Upload(soft.SelectMany(s => part(s.Step.Slots).ToArray()).ToArray(), CPU, soft.Count, Logits.Length);
        var record = new ThoughtRecord(
            Of(s => s.Ids), Of(s => s.Kept), Of(s => s.LogP).to(ScalarType.Float64), Of(s => s.Values).to(ScalarType.Float64))
            { Members = tensor(soft.Select(s => (long)s.Member).ToArray()) };
        var leaf = tensor(Logits).to(ScalarType.Float64).expand(soft.Count, -1).clone().requires_grad_(); // (N, V)
        Laws[law].LogDensity(record, Laws[law].LogP(leaf.gather(1, record.Ids), record.Kept, Temperature)).sum().backward();
        foreach (var row in Some.Host(leaf.grad!).Chunk(Logits.Length))
            for (var i = 0; i < row.Length; i++) scores[i].Add(row[i]);

        foreach (var (mean, error) in scores.Select(s => Steps.Mean([.. s])))
        {
            Assert.True(Math.Abs(mean) <= 4 * error, $"mean score {mean} ± {error}");
            Assert.True(error < 0.03, $"mean score {mean} ± {error}: the test has no power");
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Ends_are_recorded_and_replayed_at_the_temperature_of_their_noise(string law, DrawingForm form, string engine)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(vocabulary: 6, deviation: 0.18);
        using var decoder = Some.Engine(engine, model);
        Prompt[] prompts = [.. Enumerable.Range(0, 36).Select(i => Some.Prompt($"{i}", i % 6, i / 6))];
        var groups = new Generator(decoder, CPU, 6, [Some.EndToken], Some.Words) { Drawing = form }
            .Generate(prompts, 8, Options(law, topK: 4, length: 10), seed: 3);
        using var batch = Some.Batch(groups);
        using var off = no_grad();
        var scores = Replay.Scores(model, batch, ScoreNeeds.Entropies);
        double[] now = Some.Host(scores.LogDensities), then = Some.Host(batch.Recorded), entropies = Some.Host(scores.Entropies!);
        var (n, ends) = (0, 0);
        foreach (var rollout in groups.SelectMany(g => g.Rollouts))
        {
            var thinking = true;
            foreach (var step in rollout.Steps)
            {
                var (scale, own) = (thinking ? Scale(law, rollout.Member) : 1, thinking ? Temperature : 1);
                thinking &= step.Kind == StepKind.Soft;
                if (step.Kind == StepKind.Forced) continue;
                var isEnd = step.Kind == StepKind.Hard && own != 1;
                Assert.Equal(isEnd ? Temperature * scale : own, step.Temperature);
                Assert.Equal(isEnd ? scale : 1, step.WinnerScale);
                if (isEnd) ends++;
                Assert.True(
                    Math.Abs(now[n] - then[n]) <= 1e-5 * Math.Max(1, Math.Abs(then[n]) / 10),
                    $"step {n}: {now[n]} for {then[n]}");
                // That of the policy, whatever the noise.
                Assert.Equal(step.Entropy, entropies[n], 2e-5);
                n++;
            }
        }
        Assert.Equal(now.Length, n);
        Assert.True(ends > 60, $"only {ends} thoughts ended");
    }

    [Fact]
    public void Only_noise_of_another_scale_than_one_is_scored_otherwise()
    {
        foreach (var name in StepLaws.Names.Where(n => !n.StartsWith("gumbel", StringComparison.Ordinal)))
            Assert.Equal(1, StepLaws.Make(name, new LawSettings()).WinnerScale(3));
        Assert.Equal(1, new GumbelBlend().WinnerScale(0));
        Assert.Equal((1, 0.7), (new GumbelSoftmax().WinnerScale(0), new GumbelSoftmax(1, 0.7).WinnerScale(5)));
        Assert.Equal(0.4, Laws["weighted"].WinnerScale(2));
        var ladder = Laws["gumbel-ladder"];
        Assert.Equal([0.4, 0, 2.5, 1, 0.4], Enumerable.Range(0, 5).Select(m => ladder.WinnerScale(m)));
    }
}
