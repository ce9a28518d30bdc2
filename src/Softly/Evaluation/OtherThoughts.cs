using Softly.Generation;
using Softly.Models;
using Softly.Sampling;

namespace Softly.Evaluation;

/// <summary>A sample of an audit: a problem answered once.</summary>
/// <param name="Problem">The problem's number.</param>
/// <param name="Number">The sample's number, from 0.</param>
/// <param name="Thinking">What it thought.</param>
/// <param name="Content">What the problem is about (<see cref="Tasks.ITask.ContentOf"/>).</param>
internal sealed record AuditedSample(int Problem, int Number, Thinking Thinking, string Content);

/// <summary>Other thoughts in the place of a sample's own, as many as it had, with its own mark behind them.</summary>
/// <param name="samples">All samples of the audit.</param>
/// <param name="closing">Tokens that end thinking or the text.</param>
/// <param name="seed">Of all randomness.</param>
internal sealed class OtherThoughts(IReadOnlyList<AuditedSample> samples, IEnumerable<int> closing, ulong seed)
{
    private readonly int[] _used =
        [.. samples.SelectMany(s => s.Thinking.Thoughts).SelectMany(Ids).Distinct().Except(closing).Order()];

    private readonly int[] _problems = Shuffled([.. samples.Select(s => s.Problem).Distinct()], new Random(Number(seed, 0)));
    private readonly ILookup<int, AuditedSample> _of = samples.ToLookup(s => s.Problem);

    /// <summary>Tokens that random thoughts are drawn from.</summary>
    public IReadOnlyList<int> Used => _used;

    /// <summary>Zero vectors.</summary>
    public static Thinking Blank(Thinking own) => own with { Thoughts = [.. own.Thoughts.Select(_ => Thinking.Blank)] };

    /// <summary>Winners alone.</summary>
    public static Thinking Winners(Thinking own) => own with { Thoughts = [.. own.Winners.Select(MixtureRow.Token)] };

    /// <summary>
    /// The own weights on tokens drawn from <see cref="Used"/>, of which there must be some: a weight a token, and no token twice
    /// before all were taken once.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing but closing tokens was thought.</exception>
    public Thinking Random(AuditedSample sample)
    {
        var random = new Random(Number(CounterNoise.Mix(seed, (ulong)sample.Problem), (ulong)sample.Number));
        return sample.Thinking with
        {
            Thoughts = [.. sample.Thinking.Thoughts.Select(t => Weights(t) is { Length: > 0 } weights
                ? new MixtureRow(Tokens(weights.Length), weights) : Thinking.Blank)],
        };

        int[] Tokens(int count)
        {
            if (_used.Length == 0) throw new InvalidOperationException("there are no tokens to draw random thoughts from");
            List<int> tokens = [];
            while (tokens.Count < count) tokens.AddRange(Shuffled(_used, random).Take(count - tokens.Count));
            return [.. tokens];
        }
    }

    /// <summary>
    /// The thoughts of another problem's sample: that of the problem after this one in a random order, around the end, so that no
    /// problem has its own, and one about another thing, since thoughts on the same may fit this question too; where one further
    /// on thought as often, that one. Where none did, they are cut, or begin again. Null where no such problem thought anything.
    /// </summary>
    public Thinking? Another(AuditedSample sample) => From(sample) is { } other
        ? sample.Thinking with
        {
            Thoughts =
            [
                .. Enumerable.Range(0, sample.Thinking.Thoughts.Count)
                    .Select(t => other.Thinking.Thoughts[t % other.Thinking.Thoughts.Count]),
            ],
        }
        : null;

    /// <summary>Whose thoughts <see cref="Another"/> takes.</summary>
    public AuditedSample? From(AuditedSample sample)
    {
        var at = Array.IndexOf(_problems, sample.Problem);
        var others = Enumerable.Range(1, _problems.Length - 1).SelectMany(step =>
        {
            var there = _of[_problems[(at + step) % _problems.Length]].ToList();
            return Enumerable.Range(0, there.Count).Select(i => there[(sample.Number + i) % there.Count]);
        });
        AuditedSample? any = null;
        foreach (var other in others.Where(o => o.Content != sample.Content))
        {
            if (other.Thinking.Thoughts.Count == sample.Thinking.Thoughts.Count) return other;
            if (other.Thinking.Thoughts.Count > 0) any ??= other;
        }
        return any;
    }

    /// <summary>A thought's weights, those of one token added up; none for a thought of nothing.</summary>
    private static float[] Weights(MixtureRow row) => [.. row.Ids.Zip(row.Weights).GroupBy(w => w.First, w => w.Second)
        .Select(g => g.Sum()).Where(w => w != 0)];

    private static IEnumerable<int> Ids(MixtureRow row) => row.Ids.Where((_, k) => row.Weights[k] != 0);

    private static int[] Shuffled(int[] items, Random random)
    {
        int[] copy = [.. items];
        random.Shuffle(copy);
        return copy;
    }

    private static int Number(ulong seed, ulong number) => (int)(CounterNoise.Mix(seed, number) >> 33);
}
