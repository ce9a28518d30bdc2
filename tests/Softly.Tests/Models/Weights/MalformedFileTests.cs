using System.Text.Json;
using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class MalformedFileTests
{
    // What each message must speak of, so that a file is not refused for another reason than the one it was made for.
    private static readonly Dictionary<string, string> Says = new()
    {
        ["empty_file.safetensors"] = "is empty",
        ["header_beyond_file.safetensors"] = "header is said to take",
        ["header_length_huge.safetensors"] = "header is said to take",
        ["header_zero.safetensors"] = "header is said to take 0",
        ["header_array.safetensors"] = "not a JSON object",
        ["header_deep.safetensors"] = "not a JSON object",
        ["header_deep_value.safetensors"] = "is unknown or given twice",
        ["offsets_reversed.safetensors"] = "before it begins",
        ["offsets_float.safetensors"] = "data_offsets holds something other than whole numbers",
        ["offsets_one.safetensors"] = "data_offsets with two numbers",
        ["offsets_missing.safetensors"] = "data_offsets with two numbers",
        ["shape_overflow.safetensors"] = "overflows 64 bits",
        ["shape_negative.safetensors"] = "shape holds something other than whole numbers",
        ["shape_string.safetensors"] = "shape holds something other than whole numbers",
        ["dtype_missing.safetensors"] = "dtype is missing",
        ["overlap.safetensors"] = "inside that of another tensor",
        ["trailing_bytes.safetensors"] = "follow the last tensor",
        ["metadata_not_strings.safetensors"] = "is not a string",
        ["entry_not_object.safetensors"] = "an object with dtype",
        ["empty_file.gguf"] = "is empty",
        ["version_1.gguf"] = "version 1 is not read",
        ["version_99.gguf"] = "version 99 is not read",
        ["cut_after_header.gguf"] = "announced",
        ["value_length_huge.gguf"] = "text of 18446744073709551615 bytes",
        ["tensor_count_huge.gguf"] = "tensors are announced",
        ["array_count_huge.gguf"] = "values are announced",
        ["value_type_unknown.gguf"] = "value type 77 is unknown",
        ["key_twice.gguf"] = "the key occurs twice",
        ["alignment_zero.gguf"] = "power of two",
        ["alignment_string.gguf"] = "unsigned 32-bit number is expected",
        ["dims_nine.gguf"] = "9 dimensions",
        ["dims_overflow.gguf"] = "overflows 64 bits",
        ["type_removed.gguf"] = "stored type 4 (removed from the format)",
        ["offset_beyond_file.gguf"] = "end after the file",
        ["offset_unaligned.gguf"] = "no multiple of the alignment",
        ["tensor_twice.gguf"] = "the name occurs twice",
    };

    /// <summary>The files that why.jsonl lists, or those known here where it is not there.</summary>
    public static TheoryData<string> Names
    {
        get
        {
            var list = Path.Combine(Reference.Folder, "golden", "models", "malformed", "why.jsonl");
            return !File.Exists(list) ? [.. Says.Keys]
                : [.. File.ReadLines(list).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()!)];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_file_is_refused_with_an_error_that_names_it_and_what_is_wrong(string name)
    {
        var path = Reference.Require("golden", "models", "malformed", name);
        Open(path); // warm up, so that the allocations counted below are the reader's
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Open(path);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        // A file that was added later is refused all the same, whatever is wrong with it.
        if (Says.TryGetValue(name, out var says)) Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.True(allocated < 1 << 20, $"{allocated} bytes were allocated");
    }

    [Fact]
    public void Every_file_that_a_message_is_known_for_is_tried()
    {
        Reference.Require("golden", "models", "malformed", "why.jsonl");
        Assert.Empty(Says.Keys.Except(Names.Select(row => row.Data)));
    }

    [Fact]
    public void Every_file_of_the_folder_is_listed()
    {
        var folder = Reference.Require("golden", "models", "malformed");
        var there = Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).Where(name => name != "why.jsonl");
        Assert.Equal(there.Order(StringComparer.Ordinal), Names.Select(row => row.Data).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("golden/models/llama_f16/model.safetensors")]
    [InlineData("golden/models/gguf/llama_q8_0/model.gguf")]
    public void A_file_cut_anywhere_in_its_header_or_data_is_refused(string name)
    {
        var bytes = File.ReadAllBytes(Reference.Require(name.Split('/')));
        using var folder = new TemporaryFolder();
        var path = folder.File("cut" + Path.GetExtension(name));
        foreach (var length in Enumerable.Range(0, 400).Select(i => (int)((long)i * i * (bytes.Length - 1) / (399 * 399)))
            .Distinct())
        {
            File.WriteAllBytes(path, bytes.AsSpan(0, length));
            Open(path);
        }
    }

    [Theory]
    [InlineData("golden/models/llama_f16/model.safetensors")]
    [InlineData("golden/models/gguf/llama_q8_0/model.gguf")]
    public void A_file_with_damaged_bytes_is_read_or_refused_but_never_brings_the_process_down(string name)
    {
        var bytes = File.ReadAllBytes(Reference.Require(name.Split('/')));
        var random = new Random(7);
        using var folder = new TemporaryFolder();
        var path = folder.File("damaged" + Path.GetExtension(name));
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var j = 0; j < 3; j++) damaged[random.Next(i % 2 == 0 ? 64 : 6000)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                using var file = OpenEither(path);
                foreach (var entry in file.Entries.Values)
                    if (entry.Type.IsFloating()) file.Read(entry.Name, new float[entry.Elements]);
            }
            catch (InvalidDataException error)
            {
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static IWeightFile OpenEither(string path) =>
        path.EndsWith(".gguf", StringComparison.Ordinal) ? new GgufFile(path) : new SafeTensorsFile(path);

    private static InvalidDataException Open(string path) =>
        Assert.Throws<InvalidDataException>(() => OpenEither(path).Dispose());
}
