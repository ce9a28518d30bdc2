using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// Lessons laid out for one pass: a row for each or, through fused passes, all in one row, where neighbours that begin alike
/// (questions about one graph) share what they begin with. Inputs can be replaced before the pass.
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
    private readonly int[][] _thoughts; // L: positions after the prompt of thoughts that can be the model's own

    /// <param name="lessons">A batch, checked; those that may share a beginning side by side.</param>
    /// <param name="inputs">L: what each lesson is fed after its prompt, without the last.</param>
    /// <param name="packed">One row for all.</param>
    /// <param name="leastWidth">Room for mixtures that replace others.</param>
    public LessonBatch(
        IReadOnlyList<Lesson> lessons, IReadOnlyList<IReadOnlyList<MixtureRow>> inputs, bool packed, int leastWidth)
    {
        _lessons = lessons;
        var rows = lessons.Select((l, i) => (IReadOnlyList<MixtureRow>)[.. l.Prompt.Rows, .. inputs[i]]).ToArray();
        _shared = new int[rows.Length];
        _groupStart = new int[rows.Length];
        _ownStart = new int[rows.Length];
        _width = Math.Max(leastWidth, rows.Max(r => r.Max(m => m.Ids.Length)));
        _thoughts = [.. lessons.Select(Thoughts)];
        var groups = packed ? Groups(lessons) : [.. lessons.Select((_, i) => (First: i, Count: 1, Shared: 0))];
        if (packed)
        {
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
        foreach (var (first, count, shared) in groups)
            for (var i = first; i < first + count; i++)
                for (var p = i == first ? 0 : shared; p < rows[i].Count; p++) // what is shared is written once
                    Write(i, p, rows[i][p]);
    }

    /// <summary>Positions of all rows.</summary>
    public int Positions => _rows * _columns;

    /// <summary>The most thoughts of a lesson that can be the model's own.</summary>
    public int Deepest => _thoughts.Max(t => t.Length);

    /// <summary>Where position <paramref name="p"/> of a lesson, its prompt's first being 0, stands among all positions.</summary>
    public int At(int lesson, int p) => p < _shared[lesson] ? _groupStart[lesson] + p : _ownStart[lesson] + p - _shared[lesson];

    /// <summary>What a lesson is fed at a position, slots of weight 0 left out.</summary>
    public MixtureRow Input(int lesson, int p)
    {
        var at = At(lesson, p) * _width;
        int[] used = [.. Enumerable.Range(at, _width).Where(i => _weights[i] != 0)];
        return new MixtureRow([.. used.Select(i => (int)_ids[i])], [.. used.Select(i => _weights[i])]);
    }

    /// <summary>Lessons that have a thought of this number which can be the model's own.</summary>
    public IReadOnlyList<int> ThinkingAt(int thought) =>
        [.. Enumerable.Range(0, _lessons.Count).Where(l => thought < _thoughts[l].Length)];

    /// <summary>At which position of a lesson such a thought stands.</summary>
    public int ThoughtPosition(int lesson, int thought) => _lessons[lesson].Prompt.Rows.Count + _thoughts[lesson][thought];

    /// <summary>Feeds something else at a position of a lesson's own.</summary>
    public void Replace(int lesson, int p, ReadOnlySpan<long> ids, ReadOnlySpan<float> weights)
    {
        var at = At(lesson, p) * _width;
        _ids.AsSpan(at, _width).Clear();
        _weights.AsSpan(at, _width).Clear();
        ids.CopyTo(_ids.AsSpan(at, _width));
        weights.CopyTo(_weights.AsSpan(at, _width));
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

    private void Write(int lesson, int p, MixtureRow row)
    {
        var at = At(lesson, p) * _width;
        for (var j = 0; j < row.Ids.Length; j++) (_ids[at + j], _weights[at + j]) = (row.Ids[j], row.Weights[j]);
    }

    /// <summary>Thoughts of a lesson that thinks in sets, which are fed and not blank.</summary>
    private static int[] Thoughts(Lesson lesson) => !lesson.ThinksInSets ? []
        : [.. Enumerable.Range(0, lesson.Inputs.Count - 1).Where(i => lesson.IsThought[i] && lesson.Inputs[i].Ids.Length > 0)];

    /// <summary>Neighbours whose prompts begin alike, and how far all of them do.</summary>
    private static List<(int First, int Count, int Shared)> Groups(IReadOnlyList<Lesson> lessons)
    {
        var groups = new List<(int First, int Count, int Shared)>();
        for (var i = 0; i < lessons.Count; i++)
        {
            if (groups is [.., { Count: < Lessons.MostTogether } last])
            {
                var shared = lessons[last.First].SharedWith(lessons[i]);
                if (last.Count > 1) shared = Math.Min(shared, last.Shared);
                // With one more lesson a group may share less; it must not save fewer positions for that.
                if (shared >= LeastShared && shared * last.Count >= last.Shared * (last.Count - 1))
                {
                    groups[^1] = (last.First, last.Count + 1, shared);
                    continue;
                }
            }
            groups.Add((i, 1, 0));
        }
        return groups;
    }
}
