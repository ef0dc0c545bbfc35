using Mono.Cecil;

namespace MAFlow.Torch.Tests;

/// <summary>The rooms and arrows of docs/architecture.md are those of the compiled library.</summary>
[TestClass]
public sealed class ArchitecturePageTests
{
    [TestMethod]
    public void ThePageListsWhatEachRoomUses() =>
        AssertShown(string.Join('\n', Uses().Select((uses, room) => $"| {Title(room)} | {List(uses)} |")));

    /// <summary>An arrow that a longer way implies is left out.</summary>
    [TestMethod]
    public void ThePageDrawsTheArrows()
    {
        var uses = Uses();
        var reached = new HashSet<int>[uses.Length];
        var arrows = new List<string>();
        for (var room = 0; room < uses.Length; room++)
        {
            reached[room] = [.. uses[room], .. uses[room].SelectMany(used => reached[used])];
            var direct = uses[room].Where(used => !uses[room].Any(other => other != used && reached[other].Contains(used)));
            arrows.AddRange(direct.Select(used => $"    {Node(room)} --> {Node(used)}"));
        }

        AssertShown(string.Join('\n', arrows));
    }

    /// <summary>For each room the rooms that it uses.</summary>
    private static SortedSet<int>[] Uses()
    {
        using var module = ModuleDefinition.ReadModule(typeof(MongeAmpereFlow).Assembly.Location);
        var uses = RoomUses.Of(module).Select(use => (User: RoomUses.Room(use.User), Used: RoomUses.Room(use.Used)))
            .Where(use => use.User != use.Used).ToList();
        return [.. RoomUses.Order.Select((_, room) => new SortedSet<int>(uses.Where(use => use.User == room).Select(use => use.Used)))];
    }

    private static string Title(int room) => $"`{RoomUses.Order[room][0]}`";

    private static string Node(int room) => RoomUses.Order[room][0].Replace(".", "");

    private static string List(IEnumerable<int> rooms) => string.Join(", ", rooms.Select(Title)) is { Length: > 0 } list ? list : "nothing";

    private static void AssertShown(string expected)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var page = Path.Combine(folder.FullName, "docs", "architecture.md");
            if (File.Exists(page))
            {
                Assert.IsTrue(
                    File.ReadAllText(page).Contains(expected, StringComparison.Ordinal), $"Expected in docs/architecture.md:\n{expected}");
                return;
            }
        }

        Assert.Inconclusive("Expected the folder docs of the repository above the compiled tests, found none.");
    }
}
