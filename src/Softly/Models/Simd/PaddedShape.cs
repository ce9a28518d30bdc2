namespace Softly.Models;

/// <summary>
/// Where a model's numbers lie once every width is rounded up to whole vectors. The padding holds zeros throughout, so no
/// kernel needs a case for what remains.
/// </summary>
/// <remarks>
/// A query or key head is stored as two halves, each padded, because rotary positions turn element i with element i + d/2.
/// </remarks>
internal sealed class PaddedShape
{
    /// <param name="config">The model's shape.</param>
    /// <param name="lanes">Numbers in a vector.</param>
    /// <param name="panels">
    /// Whether products take whole panels (<see cref="FactorPanels"/>), and keys and values lie head by head so that they are
    /// factors of such products too.
    /// </param>
    public PaddedShape(DecoderConfig config, int lanes, bool panels = false)
    {
        if (config.HeadSize % 2 != 0)
            throw new ArgumentException($"head size {config.HeadSize} is odd; rotary positions turn pairs", nameof(config));
        if (config.Heads % config.KeyValueHeads != 0)
            throw new ArgumentException(
                $"{config.Heads} heads cannot share {config.KeyValueHeads} key-value heads evenly", nameof(config));
        Config = config;
        Lanes = lanes;
        Positions = panels ? PanelPositions : lanes;
        ValuePositions = panels ? PanelPositions : 1;
        HiddenStride = Up(config.HiddenSize, panels ? FactorPanels.Width : Panel);
        HalfStride = Up(config.HeadSize / 2, lanes);
        ValueStride = Up(config.HeadSize, lanes);
        KeyColumn = config.Heads * HeadStride;
        ValueColumn = KeyColumn + (config.KeyValueHeads * HeadStride);
        QkvColumns = ValueColumn + (config.KeyValueHeads * ValueStride);
        QkvStride = Up(QkvColumns, Panel);
        // Heads are written side by side as whole vectors, so the last one spills into the padding.
        AttentionStride = Up((config.Heads * config.HeadSize) + lanes, Panel);
        InnerStride = Up(config.IntermediateSize, lanes);
        VocabularyStride = Up(config.VocabularySize, Panel);
    }

    /// <summary>Positions that lie side by side in a panel of keys.</summary>
    public const int PanelPositions = 32;

    public DecoderConfig Config { get; }

    /// <summary>Positions whose keys lie side by side.</summary>
    public int Positions { get; }

    /// <summary>Of how many positions there are whole multiples in a run of values.</summary>
    public int ValuePositions { get; }

    /// <summary>Numbers in a vector.</summary>
    public int Lanes { get; }

    /// <summary>Columns of a packed matrix that are computed together: two vectors.</summary>
    public int Panel => 2 * Lanes;

    public int HiddenStride { get; }

    /// <summary>One half of a query or key head.</summary>
    public int HalfStride { get; }

    /// <summary>One query or key head.</summary>
    public int HeadStride => 2 * HalfStride;

    /// <summary>One value head.</summary>
    public int ValueStride { get; }

    /// <summary>First column of the keys among a row's queries, keys and values.</summary>
    public int KeyColumn { get; }

    /// <summary>First column of the values.</summary>
    public int ValueColumn { get; }

    public int QkvColumns { get; }

    public int QkvStride { get; }

    public int AttentionStride { get; }

    public int InnerStride { get; }

    public int VocabularyStride { get; }

    /// <summary>Query heads that share a key-value head.</summary>
    public int Group => Config.Heads / Config.KeyValueHeads;

    /// <summary>Numbers that one layer's cache of <paramref name="positions"/> positions takes: keys, then values.</summary>
    public long LayerCache(int positions) =>
        KeyCache(positions) + ((long)Up(positions, ValuePositions) * Config.KeyValueHeads * ValueStride);

    /// <summary>Numbers of one layer's keys: as many positions as a vector (or a panel) is wide lie side by side, so that one
    /// vector scores them all.</summary>
    public long KeyCache(int positions) => (long)Up(positions, Positions) * Config.KeyValueHeads * Config.HeadSize;

    /// <summary><paramref name="count"/> rounded up to a multiple of <paramref name="unit"/>.</summary>
    public static int Up(int count, int unit) => (count + unit - 1) / unit * unit;
}
