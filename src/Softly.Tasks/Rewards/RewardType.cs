using System.Reflection;
using System.Runtime.CompilerServices;

namespace Softly.Tasks;

/// <summary>Rewards that somebody else wrote, found in what they compiled.</summary>
public static class RewardType
{
    /// <summary>A new reward of an assembly.</summary>
    /// <param name="assembly">Theirs.</param>
    /// <param name="name">The reward's name or its type's; null where there is only one.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="RewardException">
    /// There is none, several and none is named, or it cannot be made or used; the message has the remedy.
    /// </exception>
    public static IReward Make(Assembly assembly, string? name, string file)
    {
        // Private ones within others are theirs alone.
        var types = Types(assembly, file).Where(t => typeof(IReward).IsAssignableFrom(t)
            && t is { IsAbstract: false, IsClass: true } && (!t.IsNested || t.IsNestedPublic))
            .OrderBy(t => t.MetadataToken).ToList();
        if (types.Count == 0)
            throw new RewardException($"{file}: no class in it is a reward: write 'class Mine : IReward' (docs/rewards.md)");
        var open = types.Where(t => t.GetConstructor([]) is not null).ToList();
        if (open.Count == 0)
            throw new RewardException(
                $"{file}: {types[0].Name} needs a public constructor without parameters; settings are properties");
        var made = open.Select(t => New(t, file)).ToList();
        var known = string.Join(", ", made.Select(m => m.Name));
        var chosen = name is null ? made : [.. made.Where(m => m.Name == name || m.Type.Name == name)];
        if (chosen.Count == 0)
            throw new RewardException($"{file}: there is no reward '{name}'"
                + (NearestName.Of(name!, made.Select(m => m.Name)) is { } near ? $"; did you mean '{near}'?" : ".")
                + $" Rewards of the file: {known}.");
        if (chosen.Count > 1)
            throw new RewardException(name is null
                ? $"{file} has several rewards: say which, as in {file}:{made[0].Name}. Rewards of the file: {known}."
                : $"{file}: two rewards are called '{name}': give one another name");
        Refuse(chosen[0].Type, file);
        return chosen[0].Reward;
    }

    private static Type[] Types(Assembly assembly, string file)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            throw new RewardException($"{file}: cannot be loaded: {e.LoaderExceptions.FirstOrDefault()?.Message ?? e.Message}");
        }
    }

    private static (Type Type, IReward Reward, string Name) New(Type type, string file)
    {
        try
        {
            var reward = (IReward)Activator.CreateInstance(type)!;
            return (type, reward, reward.Name ?? "");
        }
        catch (Exception e) // of their constructor, or of their Name
        {
            var cause = (e as TargetInvocationException)?.InnerException ?? e;
            throw new RewardException($"{file}: {type.Name} cannot be made: {cause.GetType().Name}: {cause.Message}");
        }
    }

    /// <summary>Fields that may change are state: a resumed run would begin without it, and threads would share it.</summary>
    private static void Refuse(Type type, string file)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly;
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
            foreach (var field in at.GetFields(All).Where(f => f is { IsInitOnly: false, IsLiteral: false }))
                throw new RewardException(field.IsDefined(typeof(CompilerGeneratedAttribute))
                    ? $"{file}: {type.Name} could change {field.Name.Split('<', '>')[1]} while the run goes on, and rewards keep no "
                        + "state: write init instead of set"
                    : $"{file}: {type.Name} could change its field {field.Name} while the run goes on, and rewards keep no state "
                        + "(a resumed run would begin without it): make it readonly");
    }
}
