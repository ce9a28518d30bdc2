using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// Lessons laid out for one pass: a row for each or, through fused passes, all in one row, where lessons that begin alike (questions
/// about one graph) share what they begin with. Inputs can be replaced before the pass.
/// </summary>
internal sealed class LessonBatch
{
    /// <summary>Shorter common beginnings are not worth a group.</summary>
    private const int LeastShared = 8;

    private readonly IReadOnlyList<Lesson> _lessons;
    private readonly PackedLayout? _layout;
    private readonly int _rows, _columns, _width;
    private readonly long[] _ids;       // (B, T, K)
    private readonly float[] _weights;  // (B, T, K)
    private readonly int[] _shared;     // L: positions that a lesson has from its group
    private readonly int[] _groupStart; // L: where these begin
    private readonly int[] _ownStart;   // L: where its own begin

    /// <param name="lessons">A batch; those that may share a beginning side by side.</param>
    /// <param name="inputs">L: what each lesson is fed after its prompt, without the last.</param>
    /// <param name="packed">One row for all.</param>
    /// <param name="longest">Positions a model has.</param>
    /// <param name="leastWidth">Room for mixtures that replace others.</param>
    public LessonBatch(
        IReadOnlyList<Lesson> lessons, IReadOnlyList<IReadOnlyList<MixtureRow>> inputs, bool packed, int longest, int leastWidth)
    {
        _lessons = lessons;
        var rows = lessons.Select((l, i) => (IReadOnlyList<MixtureRow>)[.. l.Prompt.Rows, .. inputs[i]]).ToArray();
        MixtureTable.Check(rows, longest);
        _shared = new int[rows.Length];
        _groupStart = new int[rows.Length];
        _ownStart = new int[rows.Length];
        _width = Math.Max(leastWidth, rows.Max(r => r.Max(m => m.Ids.Length)));
        if (packed)
        {
            var groups = Groups(lessons);
            var at = 0;
            foreach (var (first, count, shared) in groups)
            {
                var start = at;
                at += shared;
                for (var i = first; i < first + count; i++)
                {
                    (_shared[i], _groupStart[i], _ownStart[i]) = (shared, start, at);
                    at += rows[i].Count - shared;
                }
            }
            (_rows, _columns) = (1, at);
            // A lesson alone is a prompt without completions.
            _layout = PackedLayout.Of(groups.Select(g => g.Count == 1
                ? (rows[g.First].Count, [])
                : (g.Shared, Enumerable.Range(g.First, g.Count).Select(i => rows[i].Count - g.Shared))));
        }
        else
        {
            (_rows, _columns) = (rows.Length, rows.Max(r => r.Count));
            for (var i = 0; i < rows.Length; i++) _ownStart[i] = i * _columns;
        }
        _ids = new long[_rows * _columns * _width];
        _weights = new float[_ids.Length];
        for (var i = 0; i < rows.Length; i++)
            for (var p = i > 0 && _groupStart[i] == _groupStart[i - 1] ? _shared[i] : 0; p < rows[i].Count; p++)
                for (var j = 0; j < rows[i][p].Ids.Length; j++)
                {
                    _ids[At(i, p) * _width + j] = rows[i][p].Ids[j];
                    _weights[At(i, p) * _width + j] = rows[i][p].Weights[j];
                }
    }

    /// <summary>Positions of all rows.</summary>
    public int Positions => _rows * _columns;

    /// <summary>Where position <paramref name="p"/> of a lesson stands among all positions.</summary>
    public int At(int lesson, int p) => p < _shared[lesson] ? _groupStart[lesson] + p : _ownStart[lesson] + p - _shared[lesson];

    /// <summary>Lessons that think in sets and feed a thought of this number.</summary>
    public IReadOnlyList<int> ThinkingAt(int thought) => [.. Enumerable.Range(0, _lessons.Count).Where(l =>
        thought + 1 < _lessons[l].Inputs.Count && _lessons[l].IsThought[thought]
        && _lessons[l].Targets.Any(t => t.Ids.Length > 1))];

    /// <summary>At which position of a lesson a thought stands.</summary>
    public int ThoughtPosition(int lesson, int thought) => _lessons[lesson].Prompt.Rows.Count + thought;

    /// <summary>Feeds something else at a position of a lesson's own.</summary>
    public void Replace(int lesson, int p, ReadOnlySpan<long> ids, ReadOnlySpan<float> weights)
    {
        var at = At(lesson, p) * _width;
        _ids.AsSpan(at, _width).Clear();
        _weights.AsSpan(at, _width).Clear();
        ids.CopyTo(_ids.AsSpan(at));
        weights.CopyTo(_weights.AsSpan(at));
    }

    /// <summary>Hidden states of all positions, (B·T, D).</summary>
    public Tensor Forward(Decoder model)
    {
        using var scope = NewDisposeScope();
        var inputs = model.Embed(
            Scalars.Upload(_ids, model.Device, _rows, _columns, _width),
            Scalars.Upload(_weights, model.Device, _rows, _columns, _width)); // (B, T, D)
        return (_layout is null ? model.Forward(inputs).reshape(Positions, -1) : model.Fused!.Forward(inputs.squeeze(0), _layout))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Neighbours whose prompts begin alike, and how far.</summary>
    private static List<(int First, int Count, int Shared)> Groups(IReadOnlyList<Lesson> lessons)
    {
        var groups = new List<(int First, int Count, int Shared)>();
        for (var i = 0; i < lessons.Count; i++)
        {
            if (groups is [.., var last] && Common(lessons[last.First], lessons[i], last.Shared) is >= LeastShared and var shared
                && (last.Count == 1 || shared == last.Shared))
                groups[^1] = (last.First, last.Count + 1, shared);
            else groups.Add((i, 1, 0));
        }
        return groups;
    }

    /// <summary>How many positions two prompts have in common at their beginning, but not all of either.</summary>
    private static int Common(Lesson a, Lesson b, int atMost)
    {
        var limit = Math.Min(a.Prompt.Rows.Count, b.Prompt.Rows.Count) - 1;
        if (atMost > 0) limit = Math.Min(limit, atMost);
        var n = 0;
        while (n < limit && Same(a.Prompt.Rows[n], b.Prompt.Rows[n])) n++;
        return n;
    }

    private static bool Same(MixtureRow a, MixtureRow b) =>
        a.Ids.AsSpan().SequenceEqual(b.Ids) && a.Weights.AsSpan().SequenceEqual(b.Weights);
}
