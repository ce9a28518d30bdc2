using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>
/// A decoder whose inputs are written down. Its rows are numbered as they come, and keep their number wherever they lie.
/// </summary>
internal sealed class Overheard(IDecoder inner) : IDecoder
{
    private readonly List<int> _rows = [];
    private int _come;

    /// <summary>What was fed, and the numbers of the rows it was fed to.</summary>
    public List<(Tensor Ids, Tensor Weights, Tensor? Vectors, int[] Rows)> Fed { get; } = [];

    /// <summary>Positions of all prompts that were processed.</summary>
    public int PromptPositions { get; private set; }

    /// <summary>The most rows there were at a time, while one was fed.</summary>
    public int MostRows { get; private set; }

    public Tensor Embedding => inner.Embedding;

    public bool IsApart => inner.IsApart;

    public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        Come(prompts.Count * rowsPerPrompt);
        PromptPositions += prompts.Sum(p => p.Count);
        return inner.Add(prompts, rowsPerPrompt, newPositions);
    }

    public void Fork(int row, int count)
    {
        Come(count);
        inner.Fork(row, count);
    }

    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        Fed.Add((Held(ids), Held(weights), vectors is null ? null : Held(vectors), [.. _rows]));
        MostRows = Math.Max(MostRows, _rows.Count);
        return inner.Step(ids, weights, vectors);
        static Tensor Held(Tensor x) => x.clone().DetachFromDisposeScope();
    }

    /// <summary>The inputs of one row, in order: what it was fed at each position.</summary>
    public IReadOnlyList<(Tensor Ids, Tensor Weights, Tensor? Vectors)> Of(int row) =>
        [.. Fed.Where(f => f.Rows.Contains(row)).Select(f => (f, At: Array.IndexOf(f.Rows, row)))
            .Select(x => (x.f.Ids[x.At], x.f.Weights[x.At], x.f.Vectors?[x.At]))];

    public void Refresh() => inner.Refresh();

    public void Release()
    {
        _rows.Clear();
        inner.Release();
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        int[] kept = [.. rows.ToArray().Select(r => _rows[r])];
        _rows.Clear();
        _rows.AddRange(kept);
        inner.Keep(rows);
    }

    public void Dispose()
    {
        inner.Dispose();
        foreach (var (ids, weights, vectors, _) in Fed)
        {
            ids.Dispose();
            weights.Dispose();
            vectors?.Dispose();
        }
    }

    private void Come(int count) => _rows.AddRange(Enumerable.Range(_come, count).Select(_ => _come++));
}
