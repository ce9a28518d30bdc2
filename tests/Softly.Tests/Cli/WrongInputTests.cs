using Softly.Tests.Models.Weights;

namespace Softly.Tests.Cli;

/// <summary>Wrong input on purpose: one clear message, exit code 2, no stack trace.</summary>
[Trait("Weight", "Story")]
public class WrongInputTests
{
    [Fact]
    public void Half_precision_in_the_vector_kernels_is_refused_where_the_processor_has_none()
    {
        if (Softly.Models.SimdDecoder.SupportsHalf) Assert.Skip("this processor has it");
        It_is_said_in_one_message("train engine=simd dtype=bfloat16", "set dtype: float32, or engine: torch");
    }

    [Theory]
    [InlineData("train nowhere.yaml", "nowhere.yaml: there is no such recipe file")]
    [InlineData("train max_stepz=3", "unknown key 'max_stepz'; did you mean 'max_steps'?")]
    [InlineData("train task=countdwn-3", "did you mean 'countdown-3'?")]
    [InlineData("train model_name_or_path=nowhere", "nowhere")]
    [InlineData("train task=gsm8k model_name_or_path=scratch", "set dataset_name")]
    [InlineData("train task=word-problems", "give a model (model_name_or_path)")]
    [InlineData("train algorithm=dapoo", "did you mean 'dapo'?")]
    [InlineData("train loss_type=vespo epsilon=0.1", "epsilon does nothing here")]
    [InlineData("train loss_type=gmpo importance_sampling_level=component", "component has no meaning for loss_type gmpo")]
    [InlineData("train algorithm=grpo kl_estimator=k1", "set beta above 0, or kl_stop")]
    [InlineData("train loss_type=cispo epsilon_high=0.28", "the absolute cap of the ratio")]
    [InlineData("train update_engine=torch update_dtype=bfloat16", "set update_engine: auto, or update_dtype: float32")]
    [InlineData("train update_engine=fusd", "did you mean 'fused'?")]
    [InlineData("train overlap_rollouts=true importance_sampling_correction=none", "set importance_sampling_correction: token_truncate")]
    [InlineData("train overlap_rollouts=true thinking_law=neighbors algorithm=grpo", "leave overlap_rollouts out")]
    [InlineData("train target_kl=0.1", "raise mini_batches or num_iterations")]
    [InlineData("train max_generation_batches=3", "set dynamic_sampling: true")]
    [InlineData("train overlong_penalty=2", "overlong_penalty does nothing without overlong_buffer")]
    [InlineData("train overlong_buffer=4 advantage=pass@2", "neither 0 nor 1")]
    [InlineData("train advantage=pass@2 reward_funcs=format", "set reward_funcs: accuracy without weights, or advantage: group")]
    [InlineData("train multi_objective_aggregation=normalize_then_sum advantage=whitened",
        "set advantage: group and scale_rewards: group")]
    [InlineData("train reward_funcs=acuracy", "did you mean 'accuracy'?")]
    [InlineData("train reward_funcs=nowhere.cs", "nowhere.cs: there is no such file")]
    [InlineData("train reward_weights=1,2", "reward_weights has 2 numbers for 1 reward (accuracy)")]
    [InlineData("train watch_grader=task", "would watch nothing")]
    [InlineData("train mini_batches=2 old_log_density=rollout importance_sampling_correction=token_mask",
        "set old_log_density: recompute")]
    [InlineData("train mini_batches=2 old_log_density=rollout importance_sampling_level=component",
        "set old_log_density: recompute")]
    [InlineData("train thinking_law=none importance_sampling_level=component",
        "component is token where thoughts are plain tokens")]
    [InlineData("train use_bias_correction_kl=true kl_estimator=closed-form", "leave one of them out")]
    [InlineData("train thinking_law=soft-thinking", "has no density to train with")]
    [InlineData("train thinking_law=none thought_anchor=0.3", "set thought_anchor: 0, or a thinking_law")]
    [InlineData("train algorithm=frontier-soft enable_soft_thinking=false", "set thought_anchor: 0, or a thinking_law")]
    [InlineData("train thought_anchor=-1", "of at least 0")]
    [InlineData("train thinking_law=gumbel-ladder noise_ladder=0,wide", "'wide' is no number; expected scales of")]
    [InlineData("train thinking_law=gumbel-ladder noise_ladder=0,-1", "needs one scale of noise or more, each 0, or at")]
    [InlineData("train thinking_law=gumbel-ladder noise_ladder=0,1e-40", "each 0, or at least 0.001")]
    [InlineData("train thinking_law=gumbel-winner noise_factor=1e-40", "at least 0.001; for thoughts without noise use")]
    [InlineData("train thinking_law=gumbel-reference noise_factor=0", "noise_factor 0 must be at least 0.001")]
    [InlineData("train thinking_law=gumbel-ladder discrete_share=1", "below 1")]
    [InlineData("train thinking_law=gumbel-winner noise_ladder=0,1", "noise_ladder does nothing for thinking_law gumbel-winner")]
    [InlineData("train thinking_law=gumbel-ladder noise_factor=1", "noise_factor does nothing for thinking_law gumbel-ladder")]
    [InlineData("train advantage=pass@8 num_generations=4", "needs num_generations of at least 8")]
    [InlineData("train top_p=0.9 top_k=0 algorithm=grpo", "set top_k as well, or top_p: 1")]
    [InlineData("train hidden_size=65", "hidden_size 65 must be an even multiple")]
    [InlineData("train initialization=lookup num_key_value_heads=1", "leave num_key_value_heads out")]
    [InlineData("train max_completion_length=400", "lower max_completion_length")]
    [InlineData("train mini_batches=3", "mini_batches 3 must divide")]
    [InlineData("train num_generations=1", "of at least 2")]
    [InlineData("train adam_beta1=1", "below 1")]
    [InlineData("train system_prompt=x", "system_prompt does nothing for task countdown-3")]
    [InlineData("train algorithm=grpo after_thinking_top_k=3", "after_thinking_* do nothing without soft thinking")]
    [InlineData("train thinking_law=categorical noise_factor=2", "needs noise_factor: 1")]
    [InlineData("train algorithm=grpo top_k=2000", "lower top_k")]
    [InlineData("train lora_r=4", "lora_* and use_rslora do nothing without an adapter: set use_peft: true")]
    [InlineData("train use_peft=true lora_target_modules=q_proj,lm_head", "'lm_head' is no linear map of the layers")]
    [InlineData("train use_peft=true attach_thought_inputs=true", "whose embedding is frozen")]
    [InlineData("train dtype=float16", "'float16' is not one of float32, bfloat16")]
    [InlineData("quickstart --seed -1", "--seed: expected a whole number of at least 0")]
    [InlineData("train --resume", "does not exist")]
    [InlineData("evaluate nowhere", "nowhere: there is no such file or folder")]
    [InlineData("inspect nowhere.gguf", "nowhere.gguf: there is no such file or folder")]
    [InlineData("convert nowhere a.gguf", "nowhere: there is no such file or folder")]
    [InlineData("convert . a.gguf", "config.json")]
    [InlineData("generate .", "neither a run (no recipe.yaml) nor a model (no config.json)")]
    [InlineData("quickstart --advantage pass@3", "pass@3")]
    [InlineData("quickstart --steps 0", "expected a whole number of at least 1")]
    [InlineData("quickstart --steps many", "many")]
    [InlineData("quickstart --resume", "--resume needs --output")]
    [InlineData("quickstart --sets --resume", "--resume needs --output")]
    [InlineData("quickstart --sets --advantage pass@2", "--advantage pass@2 does nothing with --sets")]
    [InlineData("quickstart --sets --seed 2147483647", "--seed: expected at most 2147482 with --sets")]
    [InlineData("quickstart --sets --problems 0", "--problems: expected a whole number of at least 1")]
    [InlineData("trian", "trian")]
    public void It_is_said_in_one_message(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = Command.Run(folder.Path, line.Split(' '));
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.DoesNotContain("   at ", output + error);
        // nothing is left behind that would stand in the way of the next try
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void All_pairings_that_cannot_work_are_reported_at_once()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = Command.Run(
            folder.Path, "train", "advantage=pass@8", "num_generations=4", "noise_factor=2", "thinking_law=categorical",
            "hidden_size=65");
        Assert.Equal(2, code);
        foreach (var part in new[] { "num_generations of at least 8", "noise_factor: 1", "hidden_size 65" })
            Assert.Contains(part, error);
    }

    [Theory]
    [InlineData("{\"prompt\": \"1 2 3 :\"}", "prompts.jsonl:2: '1 2 3 :' is not a prompt of task countdown-3")]
    [InlineData("{\"prompt\": \"1 2 3 999 :\"}", "999")]
    [InlineData("{\"promt\": \"1 2 3 6 :\"}", "did you mean prompt_column: promt?")]
    public void A_dataset_that_the_task_or_the_model_cannot_read_is_refused_before_the_run_begins(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("prompts.jsonl"), "{\"prompt\": \"1 2 3 10 :\"}\n" + line + "\n");
        var (code, _, error) = Command.Run(folder.Path, "train", "dataset_name=prompts.jsonl");
        Assert.Equal(2, code);
        Assert.Contains(expected, error);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_set_without_held_out_problems_is_named()
    {
        using var folder = new TemporaryFolder();
        var model = Reference.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        File.WriteAllText(folder.File("one.jsonl"), "{\"question\": \"What is 1 + 1?\", \"answer\": \"#### 2\"}\n");
        var (code, _, error) = Command.Run(folder.Path, "evaluate", model, "task=jsonl", "dataset_name=one.jsonl");
        Assert.Equal(2, code);
        Assert.Contains("there are no held-out problems", error);
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
