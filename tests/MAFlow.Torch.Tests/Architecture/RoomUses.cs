using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace MAFlow.Torch.Tests;

/// <summary>The rooms of the library in their order, and which type uses which: in signatures, bodies and generic arguments.</summary>
internal static class RoomUses
{
    private const string Root = "MAFlow.Torch";

    /// <summary>The rooms, lowest first; the namespaces of one line are one room.</summary>
    public static readonly string[][] Order =
    [
        ["Native"],
        ["Arithmetic"],
        ["Checks"],
        ["Distributed"],
        ["Serialization"],
        ["Symmetries"],
        ["Lattices"],
        ["Integrators"],
        ["Potentials.Laplacians"],
        ["Potentials", "Potentials.Knots"],
        ["Potentials.Gaussians"],
        ["Potentials.Ridge", "Potentials.Ridge.HiddenSpace", "Potentials.Ridge.Factored", "Potentials.Ridge.Time"],
        ["Potentials.Lattices", "Potentials.Lattices.Pairs"],
        ["Potentials.Particles", "Potentials.Particles.Pairs", "Potentials.Particles.Lanes"],
        ["Potentials.Images", "Potentials.Images.Convolutions"],
        ["Potentials.Networks"],
        ["Potentials.Composed"],
        ["Energies.Exact"],
        ["Energies", "Energies.Particles"],
        ["Bijections"],
        ["Flows"],
        ["Matching"],
        ["Estimation"],
        ["Estimation.Ising"],
        ["Objectives"],
        ["Training"],
    ];

    /// <summary>Every use of one type of ours by another, both without what they are nested in.</summary>
    public static IEnumerable<(TypeReference User, TypeReference Used)> Of(ModuleDefinition module) => module.GetAllTypes().Where(IsOurs)
        .SelectMany(user => Used(user).Where(IsOurs).Select(used => (User: Outermost(user), Used: Outermost(used)))).Distinct();

    public static int Room(TypeReference type) => Array.FindIndex(Order, names => names.Contains(Name(type)));

    public static string Name(TypeReference type) => Outermost(type).Namespace is { Length: > 0 } name && name != Root ? name[(Root.Length + 1)..] : "";

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    public static bool IsOurs(TypeReference type) => Outermost(type) is var outermost
        && (outermost.Namespace == Root || outermost.Namespace.StartsWith(Root + ".", StringComparison.Ordinal));

    public static IEnumerable<TypeReference> Used(TypeDefinition type)
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
