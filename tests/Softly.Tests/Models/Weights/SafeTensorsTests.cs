using Softly.Models.Weights;

namespace Softly.Tests.Models.Weights;

public class SafeTensorsTests
{
    public static TheoryData<string> Checkpoints => [.. GoldenModel.Checkpoints];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void What_is_read_from_a_checkpoint_and_written_again_is_read_the_same(string name)
    {
        using var source = new CheckpointFolder(Reference.Require("golden", "models", name));
        using var folder = new TemporaryFolder();
        using (var writer = new CheckpointWriter(folder.Path, [.. source.Entries.Values]))
        {
            foreach (var entry in source.Entries.Values) writer.Write(entry.Name, ReadAll(source, entry));
            writer.Complete();
        }
        Assert.Equal(["model.safetensors"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        using var copy = new CheckpointFolder(folder.Path);
        AssertSame(source, copy);
    }

    [Fact]
    public void Typed_arrays_of_the_reference_are_read_as_they_are_stored()
    {
        using var file = new SafeTensorsFile(Reference.Require("golden", "models", "qwen2_tied", "expected.safetensors"));
        var ids = file.Entries["soft_inputs.ids"];
        Assert.Equal(StoredType.I64, ids.Type);
        var numbers = new long[ids.Elements];
        file.ReadLongs(ids.Name, numbers);
        Assert.All(numbers, id => Assert.InRange(id, 0, 210));
        var logits = file.Entries["forward.logits"];
        Assert.Equal(StoredType.F64, logits.Type);
        var doubles = new double[logits.Elements];
        file.ReadDoubles(logits.Name, doubles);
        Assert.Contains(doubles, number => number != (float)number);
        var floats = new float[logits.Elements];
        file.Read(logits.Name, floats);
        Assert.Equal(doubles.Select(number => (float)number), floats);
        Assert.Throws<InvalidDataException>(() => file.Read(ids.Name, new float[ids.Elements]));
        Assert.Throws<InvalidDataException>(() => file.ReadLongs(logits.Name, new long[logits.Elements]));
    }

    [Fact]
    public void Parts_are_rows_and_what_lies_outside_is_refused()
    {
        using var file = new SafeTensorsFile(Reference.Require("golden", "models", "llama_f16", "model.safetensors"));
        var entry = file.Entries["model.layers.1.mlp.gate_proj.weight"];
        Assert.Equal([104, 40], entry.Shape);
        var whole = ReadAll(file, entry);
        var part = new float[3 * 40];
        file.Read(entry.Name, 101, 3, part);
        Assert.Equal(whole[(101 * 40)..], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry.Name, 102, 3, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(entry.Name, -1, 3, part));
        Assert.Throws<ArgumentException>(() => file.Read(entry.Name, 0, 2, part));
        Assert.Throws<ArgumentException>(() => file.Read(entry.Name, part));
        Assert.Throws<KeyNotFoundException>(() => file.Read("model.layers.1.mlp.gate_proj", part));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(entry.Name, 101, 3, part));
    }

    [Fact]
    public void Every_type_is_written_in_parts_and_any_order_and_comes_back()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        WeightEntry[] entries =
        [
            new("half", StoredType.F16, [3]), new("brain", StoredType.BF16, [2]), new("single", StoredType.F32, [2, 2]),
            new("double", StoredType.F64, [1]), new("whole", StoredType.I64, [2]), new("empty", StoredType.F32, [0, 4]),
            new("one", StoredType.F32, []),
        ];
        using (var writer = new SafeTensorsWriter(path, entries))
        {
            writer.WriteLongs("whole", [long.MinValue, 7]);
            writer.Write("single", [1f]);
            writer.Write("half", [65504f, -1e-8f, 1f / 3]);
            writer.Write("single", [2f, float.NaN, float.NegativeInfinity]);
            writer.Write("brain", [1.00390625f, -3f]);
            writer.WriteDoubles("double", [0.1]);
            writer.Write("one", [5f]);
            writer.Complete();
        }
        using var file = new SafeTensorsFile(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1f, 2f, float.NaN, float.NegativeInfinity], ReadAll(file, file.Entries["single"]));
        Assert.Equal([65504f, -0f, (float)(Half)(1f / 3)], ReadAll(file, file.Entries["half"]));
        Assert.Equal([1f, -3f], ReadAll(file, file.Entries["brain"]));
        Assert.Equal([5f], ReadAll(file, file.Entries["one"]));
        Assert.Empty(ReadAll(file, file.Entries["empty"]));
        var doubles = new double[1];
        file.ReadDoubles("double", doubles);
        Assert.Equal(0.1, doubles[0]);
        var longs = new long[2];
        file.ReadLongs("whole", longs);
        Assert.Equal([long.MinValue, 7], longs);
    }

    [Fact]
    public void An_interrupted_write_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        WeightEntry[] entries = [new("a", StoredType.F32, [2])];
        using (var writer = new SafeTensorsWriter(path, entries))
        {
            writer.Write("a", [1, 2]);
            writer.Complete();
        }
        var old = File.ReadAllBytes(path);
        using (var writer = new SafeTensorsWriter(path, entries))
        {
            writer.Write("a", [3]);
            Assert.Contains("a", Assert.Throws<InvalidOperationException>(writer.Complete).Message, StringComparison.Ordinal);
        }
        Assert.Equal(old, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        // A process that died without disposing leaves its temporary file; the next write takes its place.
        File.WriteAllText(path + ".partial", "half");
        using (var writer = new CheckpointWriter(folder.Path, entries))
        {
            writer.Write("a", [3, 4]);
            Assert.Equal(old, File.ReadAllBytes(path));
            writer.Complete();
        }
        using var file = new SafeTensorsFile(path);
        Assert.Equal([3f, 4f], ReadAll(file, file.Entries["a"]));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_writer_refuses_what_was_not_declared()
    {
        using var folder = new TemporaryFolder();
        using var writer = new SafeTensorsWriter(folder.File("a.safetensors"), [new("a", StoredType.F32, [2])]);
        Assert.Throws<KeyNotFoundException>(() => writer.Write("b", [1]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => writer.WriteLongs("a", [1, 2]));
        Assert.Throws<ArgumentException>(
            () => new SafeTensorsWriter(folder.File("b.safetensors"), [new("q", StoredType.Q80, [32])]));
    }

    [Fact]
    public void A_large_checkpoint_is_written_in_shards_and_a_smaller_one_over_it_leaves_no_shards()
    {
        using var source = new CheckpointFolder(Reference.Require("golden", "models", "qwen2_untied_sharded"));
        using var folder = new TemporaryFolder();
        foreach (var (limit, files) in new[] { (500_000L, 4), (long.MaxValue, 1) })
        {
            using (var writer = new CheckpointWriter(folder.Path, [.. source.Entries.Values], limit))
            {
                foreach (var entry in source.Entries.Values) writer.Write(entry.Name, ReadAll(source, entry));
                writer.Complete();
            }
            // 1,473,664 bytes at no more than 500,000 each are at least three shards, and an index.
            var names = Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToList();
            Assert.True(limit == long.MaxValue ? names is ["model.safetensors"] : names.Count >= files, string.Join(" ", names));
            Assert.All(Directory.GetFiles(folder.Path), path =>
                Assert.True(new FileInfo(path).Length < limit + 10_000L || limit == long.MaxValue));
            using var copy = new CheckpointFolder(folder.Path);
            AssertSame(source, copy);
        }
    }

    [Fact]
    public void Missing_shards_and_tensors_are_named_together()
    {
        var source = Reference.Require("golden", "models", "qwen2_untied_sharded");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(source, "model-00001-of-00003.safetensors"), folder.File("model-00001-of-00003.safetensors"));
        var index = File.ReadAllText(Path.Combine(source, "model.safetensors.index.json"));
        File.WriteAllText(folder.File("model.safetensors.index.json"),
            index.Replace(
                "\"weight_map\": {", "\"weight_map\": { \"extra\": \"model-00001-of-00003.safetensors\",",
                StringComparison.Ordinal));
        var message = Assert.Throws<InvalidDataException>(() => new CheckpointFolder(folder.Path)).Message;
        Assert.Contains("shard model-00002-of-00003.safetensors is missing", message, StringComparison.Ordinal);
        Assert.Contains("shard model-00003-of-00003.safetensors is missing", message, StringComparison.Ordinal);
        Assert.Contains("does not hold tensor 'extra'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"weight_map\": {\"a\": \"../secret.safetensors\"}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": \"..\"}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": \"/etc/hostname\"}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": \"C:\\\\secret.safetensors\"}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": \"\"}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": 5}}", "without folders")]
    [InlineData("{\"weight_map\": {\"a\": \"x.safetensors\", \"a\": \"y.safetensors\"}}", "occurs twice")]
    [InlineData("{\"weight_map\": []}", "weight_map")]
    [InlineData("[", "not valid JSON")]
    public void An_index_that_cannot_be_followed_is_refused(string json, string says)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.safetensors.index.json"), json);
        Assert.Contains(
            says, Assert.Throws<InvalidDataException>(() => new CheckpointFolder(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var shard in new[] { "x", "y" })
        {
            WeightEntry[] entries = [new("shared", StoredType.F32, [1]), new(shard, StoredType.F32, [1])];
            using var writer = new SafeTensorsWriter(folder.File(shard + ".safetensors"), entries);
            foreach (var entry in entries) writer.Write(entry.Name, [1]);
            writer.Complete();
        }
        File.WriteAllText(
            folder.File("model.safetensors.index.json"),
            """{"weight_map": {"x": "x.safetensors", "y": "y.safetensors", "shared": "y.safetensors"}}""");
        var message = Assert.Throws<InvalidDataException>(() => new CheckpointFolder(folder.Path)).Message;
        Assert.Contains("tensor 'shared' is in x.safetensors and in y.safetensors", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_says_what_is_looked_for()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "model.safetensors", Assert.Throws<FileNotFoundException>(() => new CheckpointFolder(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private static void AssertSame(CheckpointFolder expected, CheckpointFolder actual)
    {
        Assert.Equal(expected.Entries.Keys.Order(), actual.Entries.Keys.Order());
        foreach (var entry in expected.Entries.Values)
        {
            Assert.Equal(entry.Type, actual.Entries[entry.Name].Type);
            Assert.Equal(entry.Shape, actual.Entries[entry.Name].Shape);
            Assert.Equal(ReadAll(expected, entry), ReadAll(actual, entry));
        }
    }

    private static float[] ReadAll(IWeightFile file, WeightEntry entry)
    {
        var numbers = new float[entry.Elements];
        file.Read(entry.Name, numbers);
        return numbers;
    }
}
