using System.Text.Json;

namespace Softly.Tests.Cli;

/// <summary>What the commands say of sandboxes that work, and of ones that do not.</summary>
[Trait("Weight", "Story")]
public class DoctorStoryTests
{
    private const string Problem =
        """{"id": "m", "problem": "Double it.", "answer": "x", "tests": ["assert f(1) == 2"], "entry_point": "f"}""";

    private static readonly Dictionary<string, string?> NoSandbox = new()
    {
        ["SOFTLY_PYTHON_WASM"] = "/nowhere", ["PATH"] = "/nowhere", ["SOFTLY_SANDBOX"] = null,
    };

    [Fact]
    public void The_doctor_runs_a_program_in_every_sandbox_and_tells_programs_what_it_found()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, "doctor", "--json");
        Assert.Equal("", error);
        using var told = JsonDocument.Parse(output.Trim());
        var boxes = told.RootElement.GetProperty("sandboxes").EnumerateArray().ToArray();
        Assert.Equal(["wasm", "bwrap"], boxes.Select(b => b.GetProperty("name").GetString()));
        Assert.Equal(boxes.Any(b => b.GetProperty("works").GetBoolean()) ? 0 : 3, code);
        foreach (var box in boxes)
            if (box.GetProperty("works").GetBoolean()) Assert.InRange(box.GetProperty("run_seconds").GetDouble(), 0.001, 60);
            else Assert.NotEqual("", box.GetProperty("trouble").GetString());
        Assert.StartsWith("2.", told.RootElement.GetProperty("torch").GetString());
        Assert.Equal(Environment.ProcessorCount, told.RootElement.GetProperty("cores").GetInt32());
    }

    [Fact]
    public void Where_no_sandbox_works_it_says_how_to_get_each_and_the_exit_code_is_the_machine_s()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = Command.Run(folder.Path, NoSandbox, "doctor");
        Assert.Equal(3, code);
        Assert.Contains("SOFTLY_PYTHON_WASM is /nowhere", output);
        if (OperatingSystem.IsLinux()) Assert.Contains("apt-get install bubblewrap", output);
    }

    [Fact]
    public void Training_on_programs_without_a_sandbox_stops_before_anything_is_run()
    {
        using var folder = new TemporaryFolder().With("p.jsonl", Problem);
        var (code, _, error) = Command.Run(
            folder.Path, NoSandbox, "train", "task=jsonl", "dataset_name=p.jsonl", "grader=code", "model_name_or_path=nowhere");
        Assert.Equal(3, code);
        Assert.Contains("SOFTLY_PYTHON_WASM", error);
        Assert.DoesNotContain("   at ", error);
        Assert.Equal(["p.jsonl"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        (code, _, error) = Command.Run(folder.Path, "train", "task=jsonl", "dataset_name=p.jsonl", "grader=hendrycks");
        Assert.Equal(2, code);
        Assert.Contains("set grader: code", error);
    }

    [Fact]
    public void A_table_of_programs_is_checked_and_what_differs_is_said()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data"]);
        Directory.CreateDirectory(folder["tables"]);
        folder.With("data/mbpp.jsonl", Problem).With("tables/programs.jsonl", """
            {"id": "a", "task": "m", "response": "def f(x): return 2 * x", "expect": "pass"}
            {"id": "b", "task": "m", "response": "def f(x): return x", "expect": "fail", "status": ["wrong_answer"]}
            {"id": "c", "task": "m", "response": "def f(x): return x", "expect": "pass"}
            """);
        var (code, output, error) = Command.Run(folder.Path, "grade", "--table", "tables/programs.jsonl");
        Assert.SkipWhen(code == 3, error);
        Assert.Equal(1, code);
        Assert.Contains("line 3 (c)", output);
        Assert.Contains("should pass, but is wrong_answer", output);
        Assert.Contains("2 of 3 right", output);
    }
}
