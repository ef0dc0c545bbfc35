using MAFlow.Tests;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace MAFlow.Torch.Tests.Extensions;

/// <summary>The families in this folder stand for those of users: they hold every scalar, with nothing but the public surface.</summary>
[TestClass]
public sealed class HeldScalarTests
{
    private static readonly string _assembly = typeof(HeldScalarTests).Assembly.Location;

    private static string[] Users =>
    [
        nameof(ArcsinhBijection), nameof(MomentPenalty), nameof(OneCoordinateLaplacian), nameof(RadialPotential), nameof(RalstonIntegrator),
        nameof(ShiftedWellPotential),
    ];

    [TestMethod]
    public void TheUsersFamiliesHoldEveryScalar()
    {
        var found = UnheldScalars.In(_assembly).Where(call => Users.Any(user => call[..call.IndexOf("::", StringComparison.Ordinal)].Contains(user)));
        Assert.AreEqual("", string.Join('\n', found));
    }

    [TestMethod]
    public void TheyUseNothingThatIsHidden()
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        using var module = ModuleDefinition.ReadModule(_assembly, new() { AssemblyResolver = resolver });
        var library = typeof(MongeAmpereFlow).Assembly.GetName().Name;
        var called = from type in module.GetAllTypes()
            where Users.Any(user => type.FullName.Contains(user))
            from method in type.Methods
            where method.HasBody
            from instruction in method.Body.Instructions
            let reference = instruction.Operand as MethodReference
            where reference?.DeclaringType.Scope.Name == library
            select reference.Resolve();
        var methods = called.Distinct().ToList();
        Assert.IsNotEmpty(methods.Where(method => method.DeclaringType.Name == nameof(Scalars)));
        var hidden = methods.Where(method => !(method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)).Select(method => method.FullName);
        Assert.AreEqual("", string.Join('\n', hidden));
    }

    [TestMethod]
    public void TheHelpersAreFew() => CollectionAssert.AreEquivalent(
        new[] { "Add(Tensor, Tensor)", "Add(Tensor, Double)", "Mul(Tensor, Double)", "Div(Tensor, Double)", "Pow(Tensor, Double)" },
        typeof(Scalars).GetMethods().Where(method => method.IsStatic && !method.IsSpecialName)
            .Select(method => $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})").ToArray());
}
