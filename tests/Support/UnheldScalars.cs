using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;

namespace MAFlow.Tests;

/// <summary>Finds, in the instructions of a compiled library, where a torch scalar is made that nothing keeps alive.</summary>
/// <remarks>The compiler refuses what build/BannedSymbols.txt names; this also sees what TorchSharp makes inside of a member that it does not name.</remarks>
internal static class UnheldScalars
{
    // The members of TorchSharp that make a scalar of their own, themselves or through others.
    private static readonly Lazy<HashSet<string>> _makers = new(FindMakers);

    /// <summary>The calls, each as "method: what it calls".</summary>
    public static IReadOnlyList<string> In(string library)
    {
        using var module = ModuleDefinition.ReadModule(library);
        return [.. from method in Bodies(module)
            from instruction in method.Body.Instructions
            let called = Called(instruction)
            where called is not null && (_makers.Value.Contains(called.FullName) || (MakesScalar(called) && !IsKept(instruction)))
            select $"{method.FullName}: {called.FullName}"];
    }

    private static HashSet<string> FindMakers()
    {
        using var torchSharp = ModuleDefinition.ReadModule(typeof(torch).Assembly.Location);
        var calls = (from method in Bodies(torchSharp)
            where !IsConversion(method)
            from instruction in method.Body.Instructions
            let called = Called(instruction)
            where called is not null
            select (Caller: method.FullName, Called: called)).ToList();
        var callers = calls.ToLookup(call => call.Called.FullName, call => call.Caller);
        var makers = calls.Where(call => MakesScalar(call.Called)).Select(call => call.Caller).ToHashSet();
        var open = new Queue<string>(makers);
        while (open.TryDequeue(out var maker))
        {
            foreach (var caller in callers[maker].Where(makers.Add))
            {
                open.Enqueue(caller);
            }
        }

        return makers;
    }

    private static IEnumerable<MethodDefinition> Bodies(ModuleDefinition module) =>
        module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static MethodReference? Called(Instruction instruction) => (instruction.Operand as MethodReference)?.GetElementMethod();

    private static bool IsConversion(MethodReference method) => method.DeclaringType.FullName is "TorchSharp.Scalar" or "TorchSharp.ScalarExtensionMethods";

    private static bool MakesScalar(MethodReference method) => IsConversion(method) && method.Name is "op_Implicit" or "ToScalar";

    /// <summary>Whether what a call made is stored or returned, perhaps after a jump; an argument of the next call is neither.</summary>
    private static bool IsKept(Instruction call)
    {
        var next = call.Next;
        while (next.OpCode.Code is Code.Nop or Code.Br or Code.Br_S)
        {
            next = next.Operand as Instruction ?? next.Next;
        }

        return next.OpCode.Code is Code.Ret or Code.Stfld or Code.Stsfld || next.OpCode.Name.StartsWith("stloc", StringComparison.Ordinal);
    }
}
