using System.Numerics;

namespace Softly.Models.Weights;

/// <summary>
/// A model's weights with a LoRA adapter's change added in as they are read: W + s · B A, summed in single precision. Neither the
/// model nor the change ever stands in memory whole.
/// </summary>
internal sealed class MergedWeights : IWeightFile
{
    private readonly IWeightFile _base;
    private readonly Dictionary<string, Change> _changes = [];

    /// <param name="weights">The model's; belongs to this object from here on.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="InvalidDataException">The adapter is not sound, or does not fit the model.</exception>
    public MergedWeights(IWeightFile weights, DecoderConfig config, string folder)
    {
        (_base, Path) = (weights, folder);
        var options = AdapterConfig.Read(folder).Options;
        using var file = PretrainedAdapter.Open(folder, config, options);
        foreach (var name in LoraOptions.Names(config).Where(n => options.Changes(n.Name, n.Layer)).Select(n => n.Name))
            _changes.Add(name + ".weight", new Change(
                Whole(file, $"{PretrainedAdapter.Prefix}{name}.lora_A.weight"),
                Whole(file, $"{PretrainedAdapter.Prefix}{name}.lora_B.weight"), options.RankOf(name), options.ScaleOf(name)));
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, WeightEntry> Entries => _base.Entries;

    /// <inheritdoc/>
    public void Read(string name, long firstRow, int rowCount, Span<float> into)
    {
        _base.Read(name, firstRow, rowCount, into);
        if (!_changes.TryGetValue(name, out var change) || into.IsEmpty) return;
        var columns = into.Length / rowCount;
        for (var row = 0; row < rowCount; row++)
            for (var r = 0; r < change.Rank; r++)
            {
                var factor = (float)(change.Scale * change.B[(firstRow + row) * change.Rank + r]);
                AddTo(into.Slice(row * columns, columns), change.A.AsSpan(r * columns, columns), factor);
            }
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> into) => WeightReading.ReadAll(this, name, into);

    /// <inheritdoc/>
    public void ReadDoubles(string name, Span<double> into)
    {
        if (_changes.ContainsKey(name)) WeightReading.ReadDoubles(this, name, into);
        else _base.ReadDoubles(name, into);
    }

    /// <inheritdoc/>
    public void Dispose() => _base.Dispose();

    private static float[] Whole(SafeTensorsFile file, string name)
    {
        var numbers = new float[file.Entries[name].Elements];
        file.Read(name, numbers);
        return numbers;
    }

    private static void AddTo(Span<float> sum, ReadOnlySpan<float> row, float factor)
    {
        var i = 0;
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sum[i..]) + (new Vector<float>(row[i..]) * factor)).CopyTo(sum[i..]);
        for (; i < sum.Length; i++) sum[i] += row[i] * factor;
    }

    /// <summary>A (r, in), B (out, r), row by row.</summary>
    private sealed record Change(float[] A, float[] B, int Rank, double Scale);
}
