using System.Text.Json;
using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class GgufBlocksTests
{
    [Fact]
    public void Every_block_is_dequantised_to_the_last_bit()
    {
        var seen = new HashSet<StoredType>();
        foreach (var line in File.ReadLines(Reference.Require("golden", "models", "quantised_blocks.jsonl")))
        {
            var block = JsonDocument.Parse(line).RootElement;
            var type = Enum.GetValues<StoredType>().Single(type => type.Label() == block.GetProperty("type").GetString());
            var bytes = Convert.FromHexString(block.GetProperty("bytes").GetString()!);
            var expected = block.GetProperty("values").EnumerateArray().Select(value => value.GetSingle()).ToArray();
            var actual = new float[expected.Length];
            if (type.BlockSize() == 1) PlainNumbers.ToSingle(type, bytes, actual);
            else GgufBlocks.Dequantise(type, bytes, actual);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(BitConverter.SingleToUInt32Bits(expected[i]) == BitConverter.SingleToUInt32Bits(actual[i]),
                    $"{block.GetProperty("id")} {type.Label()} number {i}: {expected[i]:R} expected, {actual[i]:R} found");
            seen.Add(type);
        }
        Assert.Equal(12, seen.Count);
    }

    [Fact]
    public void Every_block_made_from_numbers_is_quantised_to_the_last_bit()
    {
        var seen = new HashSet<StoredType>();
        foreach (var line in File.ReadLines(Reference.Require("golden", "models", "quantised_blocks.jsonl")))
        {
            var block = JsonDocument.Parse(line).RootElement;
            if (!block.TryGetProperty("original", out var original)) continue;
            var type = Enum.GetValues<StoredType>().Single(type => type.Label() == block.GetProperty("type").GetString());
            var numbers = original.EnumerateArray().Select(value => value.GetSingle()).ToArray();
            var stored = new byte[numbers.Length / type.BlockSize() * type.BlockBytes()];
            if (type.BlockSize() == 1) PlainNumbers.FromSingle(type, numbers, stored);
            else GgufQuantiser.Quantise(type, numbers, stored);
            Assert.True(
                Convert.ToHexStringLower(stored) == block.GetProperty("bytes").GetString(), $"{block.GetProperty("id")} {type}");
            seen.Add(type);
        }
        Assert.Equal(7, seen.Count); // Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, F16, BF16
    }

    [Fact]
    public void All_half_precision_numbers_widen_as_the_runtime_does_it()
    {
        var halves = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var actual = new float[65536];
        PlainNumbers.ToSingle(StoredType.F16, System.Runtime.InteropServices.MemoryMarshal.AsBytes<ushort>(halves), actual);
        for (var i = 0; i < 65536; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)i);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(actual[i]));
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual[i]));
        }
    }

    [Theory]
    [InlineData(1f, 0x3f80)]
    [InlineData(1.00390625f, 0x3f80)] // 1 + 2^-8 lies between 1 and 1 + 2^-7: the even one is 1
    [InlineData(1.01171875f, 0x3f82)] // 1 + 3·2^-8 lies between 1 + 2^-7 and 1 + 2^-6: the even one is above
    [InlineData(-0f, 0x8000)]
    [InlineData(float.MaxValue, 0x7f80)] // nearer to 2^128 than to the largest BF16
    [InlineData(float.NegativeInfinity, 0xff80)]
    public void BF16_is_rounded_to_the_nearest_and_ties_to_even(float number, int bits) =>
        Assert.Equal(bits, PlainNumbers.ToBrain(number));

    [Fact]
    public void Not_a_number_stays_so_in_BF16() =>
        Assert.True(float.IsNaN(
            BitConverter.UInt32BitsToSingle((uint)PlainNumbers.ToBrain(BitConverter.UInt32BitsToSingle(0x7f800001)) << 16)));
}
