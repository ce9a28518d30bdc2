using Softly.Sandbox.Bubblewrap;
using Softly.Sandbox.Wasm;
using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>The sandboxes by name.</summary>
public static class Sandboxes
{
    /// <summary>The variable that chooses one where nothing else does.</summary>
    public const string Variable = "SOFTLY_SANDBOX";

    /// <summary>All names; the first is the default.</summary>
    public static IReadOnlyList<string> Names { get; } = ["wasm", "bwrap"];

    /// <summary>
    /// Opens a sandbox. There is no other way to run a program: where neither works, programs are not graded.
    /// </summary>
    /// <param name="name">Its name; what <see cref="Variable"/> says, else <c>wasm</c>, when null.</param>
    /// <exception cref="ArgumentException">There is no such sandbox; the message has the nearest.</exception>
    /// <exception cref="SandboxUnavailableException">It does not work here.</exception>
    public static ICodeSandbox Open(string? name = null)
    {
        name ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Names[0];
        return name switch
        {
            "wasm" => WasmSandbox.Open(),
            "bwrap" => BubblewrapSandbox.Open(),
            _ => throw new ArgumentException($"there is no sandbox '{name}'"
                + (NearestName.Of(name, Names) is { } near ? $"; did you mean '{near}'?" : ".")
                + $" Sandboxes: {string.Join(", ", Names)}."),
        };
    }
}
