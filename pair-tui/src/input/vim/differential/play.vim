" Plays the cases in $PAIR_CASES (JSON) and writes what they leave to $PAIR_LEFT. The lines that call Play() for each case are
" put behind this: an error ends a loop, but not a script.
set nocompatible encoding=utf-8 noswapfile viminfo= lines=24 columns=200 nowrap
set shiftwidth=4 tabstop=4 expandtab autoindent backspace=indent,eol,start scrolloff=3
set noshowmode noshowcmd noruler lazyredraw report=9999 nojoinspaces nohlsearch noincsearch belloff=all nrformats=bin,hex nomore shortmess=aoOtTIcFWAsS hidden
" An error message stays for a second before insert mode shows; nobody reads it here.
call test_override("ui_delay", 1)
let g:cases = json_decode(join(readfile($PAIR_CASES), "\n"))
let g:left = []
function Play(case)
    enew!
    setlocal bufhidden=wipe
    call setline(1, 'xy')
    normal! x
    normal! yl
    set undolevels=-1
    call setline(1, a:case.lines)
    set undolevels=1000
    for name in split('0123456789-ab', '\zs')
        call setreg(name, [])
    endfor
    call setreg('0', 'yanked', 'v')
    let @/ = ''
    call setcharsearch({'char': "\x01", 'forward': 1, 'until': 0})
    call cursor(a:case.line, a:case.column)
    normal! zt
    clearjumps
    let keys = eval('"' . substitute(escape(a:case.keys, '"\'), '<', '\\<', 'g') . '"')
    call feedkeys(keys, 'xt')
    let registers = {}
    for name in split('"0123456789-ab', '\zs')
        let registers[name] = [getreg(name), getreg(name) ==# '' ? '' : getregtype(name)]
    endfor
    call add(g:left, {'lines': getline(1, '$'), 'line': line('.'), 'column': col('.'), 'registers': registers})
endfunction
function Finish()
    call writefile([json_encode(g:left)], $PAIR_LEFT)
    qall!
endfunction
