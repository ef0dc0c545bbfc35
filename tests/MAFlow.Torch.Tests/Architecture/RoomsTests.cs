using Mono.Cecil;

namespace MAFlow.Torch.Tests;

/// <summary>A namespace is a room, and a room uses only rooms before it: what a change may touch is what comes after.</summary>
[TestClass]
public sealed class RoomsTests
{
    [TestMethod]
    public void ARoomUsesOnlyRoomsBeforeIt()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        var violations = RoomUses.Of(module).Where(use => RoomUses.Room(use.User) < RoomUses.Room(use.Used)).Select(use => $"{use.User.FullName} uses {use.Used.FullName}").Order().ToList();
        Assert.IsEmpty(violations, $"{violations.Count} uses of later rooms:\n{string.Join('\n', violations)}");
    }

    [TestMethod]
    public void EveryNamespaceIsARoomAndEveryRoomIsThere()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        CollectionAssert.AreEquivalent(
            RoomUses.Order.SelectMany(names => names).ToList(),
            module.Types.Where(RoomUses.IsOurs).Select(RoomUses.Name).Distinct().ToList());
    }

    /// <summary>A use in a body counts as one in a signature does: a walk that saw signatures alone would find nothing.</summary>
    [TestMethod]
    public void UsesInBodiesAndGenericArgumentsAreSeen()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        var kinds = module.Types.Single(type => type.Name == "BuiltInKinds");
        Assert.Contains(nameof(PiecewisePotential), RoomUses.Used(kinds).Select(type => type.Name).ToList());
        var function = module.Types.Single(type => type.Name == "RecomputedSolve");
        Assert.Contains("GradientSums", RoomUses.Used(function).Select(type => type.Name).ToList());
    }
}
