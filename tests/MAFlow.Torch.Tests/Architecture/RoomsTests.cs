using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace MAFlow.Torch.Tests;

/// <summary>A namespace is a room, and a room uses only rooms before it: what a change may touch is what comes after.</summary>
[TestClass]
public sealed class RoomsTests
{
    private const string Root = "MAFlow.Torch";

    /// <summary>The rooms, lowest first; the namespaces of one line are one room.</summary>
    private static readonly string[][] _order =
    [
        ["Native"],
        ["Arithmetic"],
        ["Checks"],
        ["Serialization"],
        ["Symmetries"],
        ["Lattices"],
        ["Integrators"],
        ["Potentials.Laplacians"],
        ["Potentials"],
        ["Potentials.Ridge", "Potentials.Ridge.HiddenSpace"],
        ["Potentials.Lattices"],
        ["Potentials.Particles"],
        ["Potentials.Networks"],
        ["Potentials.Composed"],
        ["Energies.Exact"],
        ["Energies"],
        ["Bijections"],
        ["Flows"],
        ["Estimation"],
        ["Estimation.Ising"],
        ["Objectives"],
        ["Training"],
    ];

    [TestMethod]
    public void ARoomUsesOnlyRoomsBeforeIt()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        var uses = module.GetAllTypes().Where(type => IsOurs(type)).SelectMany(user => Used(user).Where(IsOurs).Select(used => (User: Outermost(user), Used: Outermost(used)))).Distinct();
        var violations = uses.Where(use => Room(use.User) < Room(use.Used)).Select(use => $"{use.User.FullName} uses {use.Used.FullName}").Order().ToList();
        Assert.IsEmpty(violations, $"{violations.Count} uses of later rooms:\n{string.Join('\n', violations)}");
    }

    [TestMethod]
    public void EveryNamespaceIsARoomAndEveryRoomIsThere()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        CollectionAssert.AreEquivalent(
            _order.SelectMany(names => names).ToList(),
            module.Types.Where(type => IsOurs(type)).Select(type => Name(type)).Distinct().ToList());
    }

    /// <summary>A use in a body counts as one in a signature does: a walk that saw signatures alone would find nothing.</summary>
    [TestMethod]
    public void UsesInBodiesAndGenericArgumentsAreSeen()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        var kinds = module.Types.Single(type => type.Name == "BuiltInKinds");
        Assert.Contains(nameof(PiecewisePotential), Used(kinds).Select(type => type.Name).ToList());
        var function = module.Types.Single(type => type.Name == "RecomputedSolve");
        Assert.Contains("GradientSums", Used(function).Select(type => type.Name).ToList());
    }

    private static int Room(TypeReference type) => Array.FindIndex(_order, names => names.Contains(Name(type)));

    private static string Name(TypeReference type) => Outermost(type).Namespace is { Length: > 0 } name && name != Root ? name[(Root.Length + 1)..] : "";

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    private static bool IsOurs(TypeReference type) => Outermost(type) is var outermost
        && (outermost.Namespace == Root || outermost.Namespace.StartsWith(Root + ".", StringComparison.Ordinal));

    private static IEnumerable<TypeReference> Used(TypeDefinition type)
    {
        IEnumerable<TypeReference?> direct =
        [
            type.BaseType, .. type.Interfaces.Select(implemented => implemented.InterfaceType), .. type.Fields.Select(field => field.FieldType),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType), .. Constraints(type), .. type.Methods.SelectMany(Used),
        ];
        return direct.SelectMany(Parts).Distinct();
    }

    private static IEnumerable<TypeReference?> Used(MethodDefinition method)
    {
        IEnumerable<TypeReference?> signature =
            [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType), .. Constraints(method), .. method.CustomAttributes.Select(attribute => attribute.AttributeType)];
        return !method.HasBody
            ? signature
            : [.. signature, .. method.Body.Variables.Select(variable => variable.VariableType), .. method.Body.Instructions.SelectMany(instruction => Used(instruction.Operand))];
    }

    private static IEnumerable<TypeReference?> Used(object? operand) => operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod generic => [.. generic.GenericArguments, .. Used(generic.ElementMethod)],
        MethodReference called => [called.DeclaringType, called.ReturnType, .. called.Parameters.Select(parameter => parameter.ParameterType)],
        _ => [],
    };

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider provider) =>
        provider.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    /// <summary>A type with what it is made of: elements of arrays, arguments of generics.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null => [],
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
