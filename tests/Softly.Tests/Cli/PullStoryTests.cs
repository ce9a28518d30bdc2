using System.Text.Json;
using Softly.Models;
using Softly.Tokenization;
using static TorchSharp.torch;

namespace Softly.Tests.Cli;

/// <summary><c>softly pull</c> as a user runs it, and the models that it fetched in the other commands.</summary>
[Trait("Weight", "Story")]
public sealed class PullStoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("softly-").FullName;
    private readonly FakeHub _hub = new("org/tiny");

    public PullStoryTests()
    {
        var made = Path.Combine(_folder, "made");
        using (var other = Some.Model(vocabulary: 7))
        using (var model = new Decoder(other.Config with { ModelType = "qwen2" }, ScalarType.Float32))
        {
            model.Initialize(1);
            PretrainedModel.Save(model, made);
        }
        new WordTokenizer(["<pad>", "<end>", "a", "b", "c", "d", "e"]).Save(made);
        foreach (var file in Directory.GetFiles(made))
            (file.EndsWith(".safetensors", StringComparison.Ordinal) ? _hub.Large : _hub.Plain)
                .Add(Path.GetFileName(file), File.ReadAllBytes(file));
        _hub.Plain.Add("chat_template.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}"u8.ToArray());
        Directory.Delete(made, recursive: true);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Home).FullName, "token"), "hf_of_the_file\n");
    }

    private string Home => Path.Combine(_folder, "home");

    public void Dispose()
    {
        _hub.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_file_of_the_users_is_replaced_with_force_alone()
    {
        var mine = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "to")).FullName, "config.json");
        File.WriteAllText(mine, "mine");
        var (code, _, error) = Softly("pull", "org/tiny", "--to", "to");
        Assert.Equal(2, code);
        Assert.Contains("config.json is there with another content", error);
        Assert.Equal("mine", File.ReadAllText(mine));
        (code, _, error) = Softly("pull", "org/tiny", "--to", "to", "--force");
        Assert.True(code == 0, error);
        Assert.Equal(_hub.Plain["config.json"], File.ReadAllBytes(mine));
        (code, _, error) = Softly("pull", "org/tiny", "--force");
        Assert.Equal(2, code);
        Assert.Contains("--force goes with --to", error);
    }

    [Fact]
    public void A_pulled_model_is_known_by_its_name_everywhere()
    {
        var (code, output, error) = Softly("pull", "org/tiny");
        Assert.True(code == 0, error);
        var snapshot = Path.Combine(Home, "hub", "models--org--tiny", "snapshots", FakeHub.Commit);
        Assert.Equal(snapshot, output.TrimEnd().Split('\n')[^1]);
        Assert.Contains("org/tiny at 0123456789ab: ", output);
        Assert.All(_hub.Asked, r => Assert.Equal("Bearer hf_of_the_file", r.Header("Authorization")));
        Assert.All(_hub.Fetched, r => Assert.Null(r.Header("Authorization")));

        (code, output, error) = Softly("inspect", "org/tiny", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(snapshot, JsonDocument.Parse(output).RootElement.GetProperty("path").GetString());
        (code, output, _) = Softly("tokenize", "--model", $"org/tiny@{FakeHub.Commit}", "b a", "--json");
        Assert.Equal((0, "[3,2]"), (code, JsonDocument.Parse(output).RootElement.GetProperty("ids").GetRawText()));
        // The recipe reaches the model: what is wrong is then the task, which wants other words.
        (code, _, error) = Softly("train", "model_name_or_path=org/tiny", "--dry-run");
        Assert.Equal(2, code);
        Assert.Contains($"which the model at {snapshot} does not have", error);

        // A run writes down which commit it is: another pull must not change what it goes on from.
        File.WriteAllLines(
            Path.Combine(_folder, "problems.jsonl"),
            Enumerable.Range(0, 30).Select(i => $$"""{"question": "{{"abcde"[i % 5]}} {{"abcde"[i / 5 % 5]}} a", "answer": "c"}"""));
        (code, _, error) = Softly(
            "train", "model_name_or_path=org/tiny", "task=jsonl", "dataset_name=problems.jsonl", "prompt_suffix= a", "max_steps=1",
            "max_completion_length=4", "prompts_per_step=2", "num_generations=2", "beta=0", "output_dir=run");
        Assert.True(code == 0, error);
        Assert.Contains(
            $"model_name_or_path: org/tiny@{FakeHub.Commit}", File.ReadAllText(Path.Combine(_folder, "run", "recipe.yaml")));
    }

    [Fact]
    public void What_goes_wrong_is_one_sentence_and_an_exit_code()
    {
        var (code, _, error) = Softly("inspect", "org/tiny");
        Assert.Equal(2, code);
        Assert.Contains("to fetch one: softly pull org/tiny", error);
        (code, _, error) = Softly("pull", "not a name");
        Assert.Equal(2, code);
        Assert.Contains("expected org/name", error);
        (code, _, error) = Softly("pull", "org/other");
        Assert.Equal(2, code);
        Assert.Contains("org/other: there is no such model", error);
        Assert.DoesNotContain("   at ", error);
        _hub.Mischief = _ => new WireReply(429, []) { Headers = { ["Retry-After"] = "9999" } };
        (code, _, error) = Softly("pull", "org/tiny");
        Assert.Equal(3, code);
        Assert.Contains("asks to come back in", error);
    }

    [Fact]
    public void A_pull_that_ctrl_c_stops_is_gone_on_from()
    {
        var never = new TaskCompletionSource();
        _hub.Mischief = r => r.Path == "/model.safetensors" && r.Header("Range") is null
            ? new WireReply(200, _hub.Large["model.safetensors"][..1000])
            {
                Announced = _hub.Large["model.safetensors"].Length, Until = never.Task,
            } : null;
        using (var process = Command.Start(_folder, Variables, "pull", "org/tiny"))
        {
            var partial = Path.Combine(
                Home, "hub/models--org--tiny/blobs", FakeHub.Sha256(_hub.Large["model.safetensors"]) + ".incomplete");
            Assert.True(SpinWait.SpinUntil(
                () => File.Exists(partial) && new FileInfo(partial).Length == 1000, TimeSpan.FromSeconds(30)));
            Command.Interrupt(process);
            Assert.True(process.WaitForExit(30_000));
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("the same command goes on from there", process.StandardError.ReadToEnd());
        }
        never.SetResult();
        var (code, output, error) = Softly("pull", "org/tiny", "--json");
        Assert.True(code == 0, error);
        Assert.Equal("bytes=1000-", _hub.Fetched.Last().Header("Range"));
        var said = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            _hub.Large["model.safetensors"],
            File.ReadAllBytes(Path.Combine(said.GetProperty("folder").GetString()!, "model.safetensors")));
    }

    [Fact]
    public void A_gguf_file_comes_when_it_is_asked_for_and_is_the_model_then()
    {
        var gguf = "no real one"u8.ToArray();
        _hub.Large.Clear();
        _hub.Plain.Clear();
        _hub.Large["tiny-Q4.gguf"] = gguf;
        var (code, _, error) = Softly("pull", "org/tiny");
        Assert.Equal(2, code);
        Assert.Contains("--include \"tiny-Q4.gguf\"", error);
        (code, _, error) = Softly("pull", "org/tiny", "--include", "*Q4.gguf");
        Assert.True(code == 0, error);
        (code, _, error) = Softly("inspect", "org/tiny");
        Assert.Equal(2, code);
        Assert.Contains("tiny-Q4.gguf: header: a GGUF file begins with the letters GGUF", error);
    }

    private Dictionary<string, string?> Variables => new()
    {
        ["HF_ENDPOINT"] = _hub.Address, ["HF_HOME"] = Home,
        ["HF_HUB_CACHE"] = null, ["HF_TOKEN"] = null, ["HF_HUB_OFFLINE"] = null,
    };

    private (int Code, string Out, string Error) Softly(params string[] words) => Command.Run(_folder, Variables, words);
}
