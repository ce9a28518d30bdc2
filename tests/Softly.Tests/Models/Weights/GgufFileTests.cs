using System.Text.Json;
using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class GgufFileTests
{
    private const string SmolLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf";

    [Fact]
    [Trait("Weight", "Story")]
    public void Every_parameter_of_SmolLM2_has_the_reference_sums_and_first_and_last_values()
    {
        using var file = new GgufFile(Reference.Require("models", "smollm2-135m-instruct", SmolLM2));
        var listed = File.ReadLines(Reference.Require("golden", "models", "smollm2", "weights.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(listed.Select(p => p.GetProperty("name").GetString()!).Order(), file.Entries.Keys.Order());
        foreach (var parameter in listed)
        {
            var name = parameter.GetProperty("name").GetString()!;
            var entry = file.Entries[name];
            Assert.Equal(parameter.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), entry.Shape);
            var numbers = new float[entry.Elements];
            file.Read(name, numbers);
            Assert.Equal(Floats(parameter, "first"), numbers[..6]);
            Assert.Equal(Floats(parameter, "last"), numbers[^3..]);
            double sum = 0, squares = 0;
            foreach (var number in numbers)
            {
                sum += number;
                squares += (double)number * number;
            }
            // Sums in double of up to 28 million numbers: differences come from the order of adding only.
            Assert.Equal(parameter.GetProperty("sum_of_squares").GetDouble(), squares, 1e-10 * squares);
            Assert.Equal(parameter.GetProperty("sum").GetDouble(), sum, 1e-9 * Math.Sqrt(squares * numbers.Length));
        }
    }

    public static TheoryData<string> Ggufs => [.. GoldenModel.Ggufs];

    [Theory]
    [MemberData(nameof(Ggufs))]
    public void Parts_and_doubles_agree_with_the_whole(string name)
    {
        using var file = new GgufFile(Reference.Require(["golden", "models", .. name.Split('/'), "model.gguf"]));
        foreach (var entry in file.Entries.Values)
        {
            var whole = new float[entry.Elements];
            file.Read(entry.Name, whole);
            Assert.All(whole, number => Assert.True(float.IsFinite(number)));
            var parts = new float[entry.Elements];
            for (var row = 0; row < entry.Rows; row += 5)
            {
                var rows = (int)Math.Min(5, entry.Rows - row);
                file.Read(entry.Name, row, rows, parts.AsSpan(row * (int)entry.RowSize, rows * (int)entry.RowSize));
            }
            Assert.Equal(whole, parts);
            var doubles = new double[entry.Elements];
            file.ReadDoubles(entry.Name, doubles);
            Assert.Equal(whole, doubles.Select(number => (float)number));
        }
    }

    [Fact]
    public void Rows_of_queries_are_reordered_for_llama_and_kept_for_qwen2()
    {
        // Reading the same bytes as another architecture shows the order of rows: two heads of four rows hold 0 to 7.
        using var folder = new TemporaryFolder();
        var path = folder.File("a.gguf");
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], Rows("llama"));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Rows("qwen2"));

        float[] Rows(string architecture)
        {
            File.WriteAllBytes(path, Queries(architecture));
            using var file = new GgufFile(path);
            var numbers = new float[8];
            file.Read("model.layers.0.self_attn.q_proj.weight", numbers);
            return numbers;
        }
    }

    [Fact]
    public void Metadata_comes_as_plain_values()
    {
        using var file = new GgufFile(Reference.Require("golden", "models", "gguf", "qwen2_q4_1", "model.gguf"));
        Assert.Equal("qwen2", file.Architecture);
        Assert.Equal(2L, file.Number("qwen2.block_count"));
        Assert.Equal(2u, file.Metadata["qwen2.block_count"]);
        Assert.Equal([1, 2, 3], Assert.IsType<int[]>(file.Metadata["softly.test.nested"]));
        Assert.Equal(true, file.Metadata["softly.test.flag"]);
        Assert.Equal(0.1, file.Metadata["softly.test.double"]);
        Assert.Equal(-1099511627776L, file.Metadata["softly.test.long"]);
        Assert.Equal(["h e", "l l", "he ll"], Assert.IsType<string[]>(file.Metadata["tokenizer.ggml.merges"])[..3]);
        Assert.Equal(288, Assert.IsType<int[]>(file.Metadata["tokenizer.ggml.token_type"]).Length);
        Assert.Equal(false, file.Metadata["tokenizer.ggml.add_bos_token"]);
    }

    private static float[] Floats(JsonElement parameter, string field) =>
        [.. parameter.GetProperty(field).EnumerateArray().Select(value => (float)value.GetDouble())];

    private static byte[] Queries(string architecture)
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(text.ToCharArray());
        }
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1UL);
        writer.Write(2UL);
        Text("general.architecture");
        writer.Write(8u);
        Text(architecture);
        Text($"{architecture}.attention.head_count");
        writer.Write(4u);
        writer.Write(2u);
        Text("blk.0.attn_q.weight");
        writer.Write(2u);
        writer.Write(1UL);
        writer.Write(8UL);
        writer.Write(0u);
        writer.Write(0UL);
        while (stream.Length % 32 != 0) writer.Write((byte)0);
        for (var i = 0; i < 8; i++) writer.Write((float)i);
        return stream.ToArray();
    }
}
