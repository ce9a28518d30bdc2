namespace Softly.Models.Weights;

/// <summary>How a file stores the numbers of a tensor: plain, or in the blocks of GGML's quantisations.</summary>
public enum StoredType
{
    /// <summary>Double precision.</summary>
    F64,

    /// <summary>Single precision.</summary>
    F32,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of single precision.</summary>
    BF16,

    /// <summary>64-bit whole numbers.</summary>
    I64,

    /// <summary>32-bit whole numbers.</summary>
    I32,

    /// <summary>16-bit whole numbers.</summary>
    I16,

    /// <summary>Signed bytes.</summary>
    I8,

    /// <summary>Unsigned bytes.</summary>
    U8,

    /// <summary>One byte per truth value.</summary>
    Bool,

    /// <summary>Q4_0: 32 numbers of 4 bits, one scale.</summary>
    Q40,

    /// <summary>Q4_1: 32 numbers of 4 bits, a scale and a least value.</summary>
    Q41,

    /// <summary>Q5_0: 32 numbers of 5 bits, one scale.</summary>
    Q50,

    /// <summary>Q5_1: 32 numbers of 5 bits, a scale and a least value.</summary>
    Q51,

    /// <summary>Q8_0: 32 numbers of 8 bits, one scale.</summary>
    Q80,

    /// <summary>Q2_K: 256 numbers of 2 bits, 16 scales and least values of 4 bits.</summary>
    Q2K,

    /// <summary>Q3_K: 256 numbers of 3 bits, 16 scales of 6 bits.</summary>
    Q3K,

    /// <summary>Q4_K: 256 numbers of 4 bits, 8 scales and least values of 6 bits.</summary>
    Q4K,

    /// <summary>Q5_K: 256 numbers of 5 bits, 8 scales and least values of 6 bits.</summary>
    Q5K,

    /// <summary>Q6_K: 256 numbers of 6 bits, 16 scales of 8 bits.</summary>
    Q6K,
}

/// <summary>Sizes and names of stored types.</summary>
public static class StoredTypes
{
    /// <summary>How many numbers share a block; 1 for the plain types.</summary>
    public static int BlockSize(this StoredType type) => type switch
    {
        >= StoredType.Q40 and <= StoredType.Q80 => 32,
        >= StoredType.Q2K => 256,
        _ => 1,
    };

    /// <summary>Bytes of one block; of one number for the plain types.</summary>
    public static int BlockBytes(this StoredType type) => type switch
    {
        StoredType.F64 or StoredType.I64 => 8,
        StoredType.F32 or StoredType.I32 => 4,
        StoredType.F16 or StoredType.BF16 or StoredType.I16 => 2,
        StoredType.I8 or StoredType.U8 or StoredType.Bool => 1,
        StoredType.Q40 => 18,
        StoredType.Q41 => 20,
        StoredType.Q50 => 22,
        StoredType.Q51 => 24,
        StoredType.Q80 => 34,
        StoredType.Q2K => 84,
        StoredType.Q3K => 110,
        StoredType.Q4K => 144,
        StoredType.Q5K => 176,
        StoredType.Q6K => 210,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The name that safetensors or GGUF gives the type, such as <c>BF16</c> or <c>Q4_K</c>.</summary>
    public static string Label(this StoredType type)
    {
        if (type == StoredType.Bool) return "BOOL";
        var name = type.ToString();
        return type >= StoredType.Q40 ? $"{name[..2]}_{name[2]}" : name;
    }

    /// <summary>
    /// The type a safetensors header means by <paramref name="label"/>; false where it is none that is read here.
    /// </summary>
    public static bool TryParseSafeTensors(string label, out StoredType type)
    {
        for (type = StoredType.F64; type <= StoredType.Bool; type++)
            if (type.Label() == label) return true;
        return false;
    }

    /// <summary>Whether its numbers are floating-point, so that they can be read as floats.</summary>
    public static bool IsFloating(this StoredType type) => type is <= StoredType.BF16 or >= StoredType.Q40;
}
