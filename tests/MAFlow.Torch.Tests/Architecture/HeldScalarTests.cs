using MAFlow.Tests;

namespace MAFlow.Torch.Tests;

/// <summary>The families of MAFlow.Extensions.Tests stand for those of users: they hold every scalar.</summary>
[TestClass]
public sealed class HeldScalarTests
{
    private static readonly string _assembly = typeof(RalstonIntegrator).Assembly.Location;

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
    public void TheHelpersAreFew() => CollectionAssert.AreEquivalent(
        new[] { "Add(Tensor, Tensor)", "Add(Tensor, Double)", "Mul(Tensor, Double)", "Div(Tensor, Double)", "Pow(Tensor, Double)" },
        typeof(Scalars).GetMethods().Where(method => method.IsStatic && !method.IsSpecialName)
            .Select(method => $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})").ToArray());
}
