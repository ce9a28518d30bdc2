namespace Softly.Models.Weights;

/// <summary>What a stored type can hold: a number that would silently become an infinity, or spoil a block, is refused.</summary>
internal static class StoredRange
{
    private const float MostOfHalf = 65504;

    // Up to here numbers are rounded down to the most that half precision holds.
    private const float RoundedUp = 65520;

    /// <summary>Refuses numbers that have no place in a type.</summary>
    /// <param name="path">The file that is written, for the message.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="type">How it is stored. Half precision has infinities of its own; scales of blocks must stay finite.</param>
    /// <param name="numbers">What is to be stored.</param>
    /// <exception cref="InvalidDataException">A number has no place; the message has the remedy.</exception>
    public static void Check(string path, string name, StoredType type, ReadOnlySpan<float> numbers)
    {
        var blocks = type.BlockSize() > 1;
        if (type != StoredType.F16 && !blocks) return;
        foreach (var number in numbers)
        {
            var size = MathF.Abs(number);
            if (blocks ? size <= MostOfHalf : size < RoundedUp || !float.IsFinite(number)) continue;
            throw Refusal.Of(path, $"tensor {Refusal.Quote(name)}: {number} cannot be stored as {type.Label()}, which ends at "
                + $"{MostOfHalf}; bf16 and f32 hold it");
        }
    }
}
