using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli;

/// <summary>Wrong input on purpose: one clear message, exit code 2, no stack trace.</summary>
[Trait("Weight", "Story")]
public class WrongInputTests
{
    [Theory]
    [InlineData("train nowhere.yaml", "nowhere.yaml: there is no such recipe file")]
    [InlineData("train max_stepz=3", "unknown key 'max_stepz'; did you mean 'max_steps'?")]
    [InlineData("train task=countdwn-3", "did you mean 'countdown-3'?")]
    [InlineData("train model_name_or_path=nowhere", "nowhere")]
    [InlineData("train task=gsm8k model_name_or_path=scratch", "set dataset_name")]
    [InlineData("train task=word-problems", "give a model (model_name_or_path)")]
    [InlineData("train algorithm=grpo thinking_law=gumbel-softmax", "algorithm grpo thinks in plain tokens")]
    [InlineData("train thinking_law=soft-thinking", "has no density to train with")]
    [InlineData("train thinking_law=gumbel-winner noise_factor=2", "needs noise_factor: 1")]
    [InlineData("train advantage=pass@8 num_generations=4", "needs num_generations of at least 8")]
    [InlineData("train top_p=0.9 top_k=0 algorithm=grpo", "set top_k as well, or top_p: 1")]
    [InlineData("train top_k=0", "set top_k")]
    [InlineData("train hidden_size=65", "hidden_size 65 must be an even multiple")]
    [InlineData("train max_completion_length=400", "lower max_completion_length")]
    [InlineData("train --resume", "does not exist")]
    [InlineData("evaluate nowhere", "nowhere: there is no such file or folder")]
    [InlineData("inspect nowhere.gguf", "nowhere.gguf: there is no such file or folder")]
    [InlineData("generate .", "neither a run (no recipe.yaml) nor a model (no config.json)")]
    [InlineData("quickstart --advantage pass@3", "pass@3")]
    [InlineData("quickstart --steps 0", "expected a whole number of at least 1")]
    [InlineData("quickstart --steps many", "many")]
    [InlineData("quickstart --resume", "--resume needs --output")]
    [InlineData("trian", "trian")]
    public void It_is_said_in_one_message(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, line.Split(' '));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path, "*checkpoint*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_model_file_cut_short_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("cut.gguf"), [.. "GGUF"u8, 3, 0, 0, 0, 200]);
        var (code, _, error) = Command.Run(folder.Path, "inspect", "cut.gguf");
        Assert.Equal(2, code);
        Assert.Contains("cut.gguf", error);
    }

    [Fact]
    public void An_empty_dataset_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("none.jsonl"), "\n");
        var (code, _, error) = Command.Run(folder.Path, "train", "dataset_name=none.jsonl");
        Assert.Equal(2, code);
        Assert.Contains("none.jsonl: the dataset is empty", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("quickstart")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("generate")]
    [InlineData("inspect")]
    public void Every_command_has_help_with_an_example(string command)
    {
        var (code, output, _) = Command.Run(".", [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(0, code);
        Assert.Contains("Example", output);
        Assert.Contains($"softly {command}".TrimEnd(), output);
    }
}
