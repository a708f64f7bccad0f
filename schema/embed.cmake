# Turns text files into one C++ source: cmake -DOUT=… -DNAME=… "-DFILES=a;b" -P embed.cmake
# The generated function returns {file name, content} in the order given.
set(body "")
foreach(path IN LISTS FILES)
  get_filename_component(file "${path}" NAME)
  file(READ "${path}" text)
  string(APPEND body "    {\"${file}\", R\"~~~(${text})~~~\"},\n")
endforeach()
file(WRITE "${OUT}" "#include \"schema/embedded.h\"

namespace keymeter {

static constexpr EmbeddedFile k${NAME}[] = {
${body}};

std::span<const EmbeddedFile> ${NAME}() {
  return k${NAME};
}

}  // namespace keymeter
")
