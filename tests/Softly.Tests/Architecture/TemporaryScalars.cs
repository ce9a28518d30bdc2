using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Softly.Tests.Architecture;

/// <summary>
/// Reads compiled code for calls that make a <see cref="Scalar"/> on the way into libtorch: conversions in the code itself, and
/// methods of TorchSharp that convert a number inside (an operator, an add without α, …), found by reading TorchSharp's code too.
/// </summary>
internal static class TemporaryScalars
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    private static readonly Lazy<HashSet<MethodBase>> Makers = new(FindMakers);

    /// <summary>Every such call in an assembly, as "type.method calls callee"; one type may keep what it makes.</summary>
    public static IEnumerable<string> In(Assembly assembly, Type? keeper = null) =>
        from method in Methods(assembly)
        where method.DeclaringType != keeper
        from callee in Callees(method)
        where Makes(callee) || Makers.Value.Contains(callee)
        select $"{method.DeclaringType}.{method.Name} calls {callee.DeclaringType?.Name}.{callee}";

    /// <summary>A conversion of a number, itself.</summary>
    private static bool Makes(MethodBase callee) =>
        (callee.DeclaringType == typeof(Scalar) && (callee.Name == "op_Implicit" || callee.IsConstructor)) ||
        callee.DeclaringType == typeof(ScalarExtensionMethods);

    /// <summary>TorchSharp's methods that convert a number, or call one that does.</summary>
    private static HashSet<MethodBase> FindMakers()
    {
        var calls = Methods(typeof(torch).Assembly)
            .Where(m => m.DeclaringType != typeof(Scalar) && m.DeclaringType != typeof(ScalarExtensionMethods))
            .ToDictionary(m => m, m => Callees(m).ToArray());
        var callers = calls.SelectMany(c => c.Value.Select(callee => (callee, c.Key))).ToLookup(c => c.callee, c => c.Key);
        var makers = new HashSet<MethodBase>(calls.Where(c => c.Value.Any(Makes)).Select(c => c.Key));
        var open = new Queue<MethodBase>(makers);
        while (open.TryDequeue(out var maker))
            foreach (var caller in callers[maker])
                if (makers.Add(caller)) open.Enqueue(caller);
        return makers;
    }

    private static IEnumerable<MethodBase> Methods(Assembly assembly) =>
        assembly.GetTypes().SelectMany(t => t.GetMethods(All).Concat<MethodBase>(t.GetConstructors(All)));

    /// <summary>The methods that a method's code names.</summary>
    private static IEnumerable<MethodBase> Callees(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var types = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var own = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE) value = unchecked((short)(0xFE00 | code[at++]));
            var operand = Codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineTok &&
                Resolve(BitConverter.ToInt32(code, at)) is { } callee) yield return callee;
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }

        MethodBase? Resolve(int token)
        {
            var member = method.Module.ResolveMember(token, types, own);
            return member is MethodInfo { IsGenericMethod: true } made ? made.GetGenericMethodDefinition() : member as MethodBase;
        }
    }
}
